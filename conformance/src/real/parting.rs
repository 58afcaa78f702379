//! How model and real nodes can part.

use super::node::NodeError;
use katakv::codec::DecodeError;
use katakv::wire::frame::FrameError;
use katakv_core::NodeId;

/// Why real nodes and model part.
#[derive(Debug, thiserror::Error)]
pub enum Parting {
    /// A real node could not do it at all.
    #[error(transparent)]
    Node(#[from] NodeError),
    /// The trace is of a scope or a mutant that there is not.
    #[error(transparent)]
    Unknown(#[from] katakv_model::ReplayError),
    /// The trace is not a path of the model: of another version, or changed by hand. Generate it anew.
    #[error("the model does not do this here: the trace is of another version of it; generate it anew")]
    Impossible,
    /// A message that the model delivers was never sent by the real sender.
    #[error("the model delivers `{message}` from {from} to {to}, which the real {from} has not sent")]
    NeverSent {
        /// The sender.
        from: NodeId,
        /// The receiver.
        to: NodeId,
        /// The message.
        message: String,
    },
    /// Bytes of a real node do not decode.
    #[error("the bytes of a real node do not decode: {0}")]
    Frame(#[from] FrameError),
    /// The record of a real node does not decode.
    #[error("the record of a real node does not decode: {0}")]
    Record(#[from] DecodeError),
    /// An assertion of a real node failed.
    #[error("an assertion of a real node fails")]
    Assertion,
    /// A real node did something else than the model's.
    #[error("{node} did something else\n  model: {model}\n  node:  {real}")]
    Effects {
        /// Which.
        node: NodeId,
        /// What the model's did.
        model: String,
        /// What the real one did.
        real: String,
    },
    /// A real node's state is another than the model's.
    #[error("the state of {node} {when} is another\n  model: {model}\n  node:  {real}")]
    State {
        /// Which.
        node: NodeId,
        /// At which moment.
        when: &'static str,
        /// The model's.
        model: String,
        /// The real one's.
        real: String,
    },
    /// What may come next is not the same: a step that the model takes and a real node would not, or the other way round.
    #[error("other steps may follow\n  the model's alone: {model}\n  the nodes' alone:  {real}")]
    Steps {
        /// Those that only the model has.
        model: String,
        /// Those that only the real nodes have.
        real: String,
    },
}

impl Parting {
    /// What the model has and what the node has, if it is that in which they part.
    pub fn sides(&self) -> Option<[&str; 2]> {
        match self {
            Parting::Effects { model, real, .. }
            | Parting::State { model, real, .. }
            | Parting::Steps { model, real } => Some([model, real]),
            Parting::Node(_)
            | Parting::Assertion
            | Parting::Unknown(_)
            | Parting::Impossible
            | Parting::NeverSent { .. }
            | Parting::Frame(_)
            | Parting::Record(_) => None,
        }
    }
}
