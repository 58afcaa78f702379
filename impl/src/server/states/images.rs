//! Images that clients read page by page, for backups: a few at a time, and none for long, since the engine keeps what has
//! changed since.

use crate::server::answer::Answer;
use crate::server::bounds;
use crate::store::StoreImage;
use crate::wire::ClientReply;
use katakv_core::{Bytes, Lineage, Reply};
use std::collections::BTreeMap;
use std::time::Instant;

/// Which page a client asks for.
pub(in crate::server) enum PageRequest {
    /// The first one of an image that was just taken.
    First { image: StoreImage, lineage: Lineage },
    /// The one after a key.
    Next { image: u64, after: Option<Bytes> },
}

/// The images that are read.
#[derive(Default)]
pub(super) struct Images {
    images: BTreeMap<u64, Kept>,
    last: u64,
}

struct Kept {
    image: StoreImage,
    used: Instant,
}

impl Images {
    pub(super) fn answer(&mut self, request: PageRequest, answer: Answer) {
        let (name, lineage, after) = match request {
            PageRequest::First { .. } if self.images.len() >= bounds::IMAGES_MAX => {
                return answer.protocol(Reply::Busy);
            }
            PageRequest::First { image, lineage } => {
                self.last += 1;
                let used = Instant::now();
                self.images.insert(self.last, Kept { image, used });
                (self.last, Some(lineage), None)
            }
            PageRequest::Next { image, after } => (image, None, after),
        };
        let Some(kept) = self.images.get_mut(&name) else {
            let why = "the node has no such image, or not any more: begin anew";
            return answer.other(ClientReply::Invalid(why.to_owned()));
        };
        kept.used = Instant::now();
        match kept.image.page(after.as_ref(), bounds::STATE_PAGE_BYTES) {
            Ok(page) => {
                if page.is_last {
                    self.images.remove(&name);
                }
                answer.state_page(name, lineage, page);
            }
            Err(error) => {
                tracing::error!(%error, "cannot read an image");
                self.images.remove(&name);
                answer.protocol(Reply::Busy);
            }
        }
    }

    pub(super) fn drop_unused(&mut self) {
        self.images
            .retain(|_, kept| kept.used.elapsed() < bounds::IMAGE_KEPT);
    }
}
