//! How each store is asked.

#[cfg(feature = "against")]
mod etcd;
mod katakv;
#[cfg(feature = "against")]
mod redis;

#[cfg(feature = "against")]
pub use etcd::Etcd;
pub use katakv::{KataKv, ReadLevel};
#[cfg(feature = "against")]
pub use redis::Redis;
