//! Client requests on their way into the driver: which partition they are of, and one batch per partition and turn, within
//! the bounds of a record.

use crate::driver::limits::{BATCH_BYTES_MAX, BATCH_REQUESTS_MAX, once_bytes, op_bytes, transaction_bytes};
use crate::wire::{ClientRequest, WantedPage};
use katakv_core::{PARTITIONS, Partition, Request, RequestBody};
use std::collections::VecDeque;

/// The partition that a request is of, if it is of one; of one that was checked at the door.
pub(super) fn partition_of(request: &ClientRequest) -> Option<Partition> {
    let key = match request {
        ClientRequest::Write { op, .. } => op.key(),
        ClientRequest::Read { key, .. }
        | ClientRequest::LinearizableRead { key }
        | ClientRequest::AnyRead { key } => key,
        // All its keys are of one partition.
        ClientRequest::Transact { transaction, .. } => transaction.ops.first()?.key(),
        ClientRequest::Once { once, .. } => once.transaction.ops.first()?.key(),
        ClientRequest::Register { partition }
        | ClientRequest::Await { partition, .. }
        | ClientRequest::Scan {
            wanted: WantedPage { partition, .. },
            ..
        }
        | ClientRequest::Transfer { partition, .. }
        | ClientRequest::Fate { partition, .. }
        | ClientRequest::Quarantine { partition, .. }
        | ClientRequest::StatePage { partition, .. } => return Some(*partition),
        ClientRequest::Status | ClientRequest::Usage { .. } | ClientRequest::Watch { .. } => return None,
    };
    Some(Partition::of_key(key))
}

/// The requests of one turn.
#[derive(Debug)]
pub(super) struct Batches {
    partitions: Vec<VecDeque<Request>>,
}

impl Batches {
    pub(super) fn new() -> Batches {
        Batches {
            partitions: (0..PARTITIONS).map(|_| VecDeque::new()).collect(),
        }
    }

    pub(super) fn push(&mut self, partition: Partition, request: Request) {
        self.partitions[usize::from(partition.0)].push_back(request);
    }

    /// The partition's next batch, in the order in which they came. `None` if there are no more.
    pub(super) fn pop(&mut self, partition: Partition) -> Option<Vec<Request>> {
        let queue = &mut self.partitions[usize::from(partition.0)];
        let mut bytes = 0;
        let fits = |request: &&Request| {
            bytes += request_bytes(request);
            bytes <= BATCH_BYTES_MAX
        };
        let count = queue.iter().take(BATCH_REQUESTS_MAX).take_while(fits).count();
        assert!(count > 0 || queue.is_empty(), "each request alone fits a batch");
        let again = queue
            .front()
            .filter(|_| sabotaged!("request-presented-twice"))
            .cloned();
        let batch: Vec<Request> = queue.drain(..count).chain(again).collect();
        (count > 0).then_some(batch)
    }
}

fn request_bytes(request: &Request) -> usize {
    match &request.body {
        RequestBody::Write { op, .. } => op_bytes(op),
        RequestBody::Read { key, .. }
        | RequestBody::LinearizableRead { key }
        | RequestBody::AnyRead { key } => key.len(),
        RequestBody::Scan { scan, .. } => {
            scan.prefix.len() + scan.after.as_ref().map_or(0, |after| after.len())
        }
        RequestBody::Transact { transaction, .. } => transaction_bytes(transaction),
        RequestBody::Once { once, .. } => once_bytes(once),
        RequestBody::Fate { .. } | RequestBody::Await { .. } | RequestBody::Register => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::driver::limits::{KEY_BYTES_MAX, VALUE_BYTES_MAX};
    use katakv_core::{AckLevel, Op, RequestId};

    fn put(id: u64, value_bytes: usize) -> Request {
        let (key, value) = (vec![0; KEY_BYTES_MAX].into(), vec![0; value_bytes].into());
        let (op, level) = (Op::Put { key, value }, AckLevel::Quorum);
        Request {
            id: RequestId(id),
            body: RequestBody::Write { op, level },
        }
    }

    fn sizes(batches: &mut Batches) -> Vec<usize> {
        std::iter::from_fn(|| batches.pop(Partition(3)).map(|batch| batch.len())).collect()
    }

    #[test]
    fn a_batch_is_bounded_in_count_and_in_bytes() {
        let mut batches = Batches::new();
        for id in 0..BATCH_REQUESTS_MAX as u64 + 2 {
            batches.push(Partition(3), put(id, 0));
        }
        assert_eq!(sizes(&mut batches), [BATCH_REQUESTS_MAX, 2]);
        for id in 0..3 {
            batches.push(Partition(3), put(id, VALUE_BYTES_MAX));
        }
        assert_eq!(sizes(&mut batches), [1, 1, 1]);
        assert_eq!(batches.pop(Partition(4)), None);
    }
}
