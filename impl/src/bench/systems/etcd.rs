//! Etcd, through its gRPC interface. Of its messages only the fields that are used are declared; the numbers are those
//! of etcd's `rpc.proto`.

use crate::bench::Caller;
use tonic::client::Grpc;
use tonic::codegen::http::uri::PathAndQuery;
use tonic::transport::{Channel, Endpoint};
use tonic_prost::ProstCodec;

#[derive(Clone, PartialEq, prost::Message)]
struct PutRequest {
    #[prost(bytes = "vec", tag = "1")]
    key: Vec<u8>,
    #[prost(bytes = "vec", tag = "2")]
    value: Vec<u8>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct RangeRequest {
    #[prost(bytes = "vec", tag = "1")]
    key: Vec<u8>,
    /// Answered by any member from its own state, which may be stale; otherwise the read is linearizable.
    #[prost(bool, tag = "7")]
    serializable: bool,
}

/// What it says is not needed.
#[derive(Clone, PartialEq, prost::Message)]
struct Answer {}

/// One client with a connection of its own.
pub struct Etcd {
    grpc: Grpc<Channel>,
    serializable: bool,
}

impl Etcd {
    /// Connects to `address`, such as `http://127.0.0.1:2379`.
    ///
    /// # Errors
    /// In words: nobody listens there.
    pub async fn connect(address: String, serializable: bool) -> Result<Etcd, String> {
        let endpoint = Endpoint::from_shared(address).map_err(|error| error.to_string())?;
        let channel = endpoint.connect().await.map_err(|error| error.to_string())?;
        let grpc = Grpc::new(channel);
        Ok(Etcd { grpc, serializable })
    }

    async fn call<Q>(&mut self, path: &'static str, request: Q) -> Result<(), String>
    where
        Q: prost::Message + Send + Sync + 'static,
    {
        self.grpc.ready().await.map_err(|error| error.to_string())?;
        let codec = ProstCodec::<Q, Answer>::default();
        let request = tonic::Request::new(request);
        let answer = self.grpc.unary(request, PathAndQuery::from_static(path), codec);
        answer.await.map(drop).map_err(|status| status.to_string())
    }
}

impl Caller for Etcd {
    async fn put(&mut self, key: &[u8], value: &[u8]) -> Result<(), String> {
        let (key, value) = (key.to_vec(), value.to_vec());
        self.call("/etcdserverpb.KV/Put", PutRequest { key, value }).await
    }

    async fn get(&mut self, key: &[u8]) -> Result<(), String> {
        let request = RangeRequest {
            key: key.to_vec(),
            serializable: self.serializable,
        };
        self.call("/etcdserverpb.KV/Range", request).await
    }
}
