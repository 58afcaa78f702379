//! `get --any`: a value of any age, and the age.

use super::exit::{Code, Failure};
use super::print;
use crate::client::{Client, GotAny};
use katakv_core::Partition;

/// Reads `key` at the first replica that answers. What there is to say about the age goes to stderr, or into the JSON.
pub(super) async fn get(client: &Client, key: &str, json: bool) -> Result<Code, Failure> {
    let got = client.get_any(key).await?;
    let code = match got.value {
        Some(_) => Code::Ok,
        None => Code::NotFound,
    };
    if json {
        print::result(as_json(key, &got).to_string().as_bytes())?;
        return Ok(code);
    }
    let partition = Partition::of_key(key.as_bytes());
    print::note(format_args!("{} of {partition}, from {}", got.at, got.node));
    if let Some(version) = got.version {
        print::note(format_args!("version {version}"));
    }
    print::note(format_args!("age {}", age(&got)));
    match got.value {
        Some(value) => print::result(&value)?,
        None => print::note("katakv: the key has no value"),
    }
    Ok(code)
}

fn as_json(key: &str, got: &GotAny) -> serde_json::Value {
    serde_json::json!({
        "key": key,
        "value": got.value,
        "version": got.version.map(|version| version.to_string()),
        "at": got.at.to_string(),
        "lag": got.lag,
        "leader": got.leader.map(|leader| leader.to_string()),
        "node": got.node.to_string(),
    })
}

/// How old the answer is, as far as the replica that gave it knows.
fn age(got: &GotAny) -> String {
    let entries = if got.lag == 1 { "entry" } else { "entries" };
    let heard = match got.leader {
        Some(leader) if leader == got.node => "it leads".to_owned(),
        Some(leader) => format!("it follows {leader}"),
        None => "it hears no leader, and may lack more".to_owned(),
    };
    format!("{} {entries} behind its log; {heard}", got.lag)
}
