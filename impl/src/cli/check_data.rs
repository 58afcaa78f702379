//! `check-data`: is a stopped node's disk sound?

use super::exit::{Code, Failure};
use super::print;
use crate::driver::{Inspection, OpenError, PartitionInspection, inspect};
use crate::store::{Checked, StoreError};
use crate::wal::{TornTail, WalError};
use katakv_core::NodeId;
use std::fmt::Write;
use std::path::PathBuf;

/// Check the disk of a stopped node
///
/// Reads the whole log and every key: checksums, the order of records, whether log and store belong together, and whether each
/// key's version is in its partition's history. Exit code 0 if all is sound, 7 if something is damaged.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  katakv check-data ./katakv-data/node0")]
pub(super) struct Args {
    /// The node's data directory
    #[arg(value_name = "DIR")]
    data: PathBuf,
}

pub(super) async fn run(args: Args) -> Result<Code, Failure> {
    let inspection = tokio::task::spawn_blocking(move || inspect(&args.data))
        .await
        .map_err(|_| Failure::failed("the check has panicked; its message is above"))?
        .map_err(failure)?;
    print::result(report(&inspection).as_bytes())?;
    if inspection.is_sound() {
        Ok(Code::Ok)
    } else {
        Err(Failure::new(
            Code::Damaged,
            "the disk is damaged. Keep it for examination, and refill this replica from its peers",
        ))
    }
}

/// Damage is told from what only keeps the check from looking.
fn failure(error: OpenError) -> Failure {
    let only_kept = matches!(
        error,
        OpenError::NotThere { .. }
            | OpenError::Directory { .. }
            | OpenError::Wal(WalError::Io { .. } | WalError::InUse { .. } | WalError::UnknownVersion { .. })
            | OpenError::Store(StoreError::Thread(_) | StoreError::OtherFormat { .. })
    );
    let code = if only_kept { Code::Failed } else { Code::Damaged };
    Failure::new(code, error)
}

fn report(inspection: &Inspection) -> String {
    let Inspection {
        identity,
        wal,
        partitions,
    } = inspection;
    let mut text = format!("node {identity}\n");
    let _ = writeln!(
        text,
        "log   sound: segments {} to {}, records up to {}",
        wal.first_segment,
        wal.first_segment + wal.segments.saturating_sub(1),
        wal.last_lsn
    );
    if let Some(TornTail {
        file, offset, bytes, ..
    }) = &wal.torn_tail
    {
        let _ = writeln!(
            text,
            "      {}: a torn tail of {bytes} bytes at {offset}, which the next start cuts",
            file.display()
        );
    }
    for partition in partitions {
        let _ = writeln!(text, "{}", line(partition));
    }
    text.truncate(text.trim_end().len());
    text
}

fn line(inspection: &PartitionInspection) -> String {
    let PartitionInspection {
        partition,
        hard,
        compacted,
        last,
        applied,
        store,
        ..
    } = inspection;
    let vote = hard
        .vote
        .map_or("nobody".to_owned(), |node: NodeId| node.to_string());
    let contents = match store {
        Ok(Checked { keys, bytes, .. }) => format!("{keys} keys of {bytes} bytes"),
        Err(_) => "unreadable".to_owned(),
    };
    let verdict = inspection
        .fault()
        .map_or("sound".to_owned(), |fault| format!("DAMAGED: {fault}"));
    format!(
        "{partition:<5} {verdict}: {epoch}, vote for {vote}, log after {compacted} to {last}, applied {applied}, {contents}",
        partition = partition.to_string(),
        epoch = hard.epoch,
    )
}
