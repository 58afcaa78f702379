//! Whether what a client asks can ever be carried out. Nodes and routers check it alike, at the door: what has passed is within
//! all bounds of the [`limits`], and of a partition that there is.

use super::limits::{self, LimitError};
use crate::wire::ClientRequest;

/// Whether a request keeps to the limits, whoever is asked.
pub fn check_request(request: &ClientRequest) -> Result<(), LimitError> {
    match request {
        ClientRequest::Write { op, .. } => limits::check_op(op),
        ClientRequest::Transact { transaction, .. } => limits::check_transaction(transaction),
        ClientRequest::Once { once, .. } => limits::check_transaction(&once.transaction),
        ClientRequest::Read { key, .. }
        | ClientRequest::LinearizableRead { key }
        | ClientRequest::AnyRead { key } => limits::check_key(key),
        ClientRequest::Scan { wanted, .. } => limits::check_scan(wanted),
        ClientRequest::Register { partition }
        | ClientRequest::Fate { partition, .. }
        | ClientRequest::Await { partition, .. }
        | ClientRequest::Quarantine { partition, .. }
        | ClientRequest::StatePage { partition, .. }
        | ClientRequest::Transfer { partition, .. } => limits::check_partition(*partition),
        ClientRequest::Watch { known } => limits::check_watch(known),
        ClientRequest::Status | ClientRequest::Usage { .. } => Ok(()),
    }
}
