//! What the nodes use, and what is not on all of them yet: only what there is to say.

use crate::client::ClusterStatus;
use crate::wire::{Behind, Led, Usage};
use katakv_core::Partition;
use std::fmt::Write;

/// What the leader of `partition` knows of its followers. A deposed one may not know that it is: the later epoch is in the table.
pub(super) fn led(status: &ClusterStatus, partition: Partition) -> Option<&Led> {
    let nodes = status.nodes.iter().flatten();
    let serving = nodes.filter_map(|node| {
        let state = node
            .partitions
            .iter()
            .find(|state| state.partition == partition)?;
        state.serving.then_some((state.epoch, node.node))
    });
    let (_, leader) = serving.max()?;
    let usage = status.usage.iter().find(|usage| usage.node == leader)?;
    usage.leads.iter().find(|led| led.partition == partition)
}

/// Appends it to the table.
pub(super) fn render(status: &ClusterStatus, text: &mut String) {
    if !status.usage.is_empty() {
        let _ = writeln!(
            text,
            "\n{:<10} {:>10} {:>10} {:>10}",
            "node", "wal", "store", "free"
        );
    }
    for usage in &status.usage {
        let Usage {
            node,
            wal_bytes,
            store_bytes,
            free_bytes,
            ..
        } = usage;
        let free = free_bytes.map_or("unknown".to_owned(), size);
        let (node, wal, store) = (node.to_string(), size(*wal_bytes), size(*store_bytes));
        let _ = writeln!(text, "{node:<10} {wal:>10} {store:>10} {free:>10}");
    }
    for led in Partition::all().filter_map(|partition| led(status, partition)) {
        let partition = led.partition;
        for Behind { node, entries, bytes } in led.behind.iter().filter(|behind| behind.entries > 0) {
            let bytes = size(*bytes);
            let _ = writeln!(
                text,
                "\nbehind: {node} lacks {entries} entries of {partition}, {bytes}"
            );
        }
        if led.unreplicated > 0 {
            let entries = led.unreplicated;
            let _ = writeln!(
                text,
                "\non its leader alone: {entries} entries of {partition}, which may be acknowledged"
            );
        }
    }
}

/// A number of bytes in three figures or so.
fn size(bytes: u64) -> String {
    let units = ["B", "KiB", "MiB", "GiB", "TiB"];
    let mut size = bytes as f64;
    let mut unit = 0;
    while size >= 1024.0 && unit + 1 < units.len() {
        size /= 1024.0;
        unit += 1;
    }
    match unit {
        0 => format!("{bytes} B"),
        _ => format!("{size:.1} {}", units[unit]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_short() {
        for (bytes, shown) in [
            (0, "0 B"),
            (1023, "1023 B"),
            (1536, "1.5 KiB"),
            (16 << 20, "16.0 MiB"),
            (u64::MAX, "16777216.0 TiB"),
        ] {
            assert_eq!(size(bytes), shown);
        }
    }
}
