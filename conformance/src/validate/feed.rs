//! The events of one node, over all its starts.

use katakv::tap::{End, Event, TapError, TapFile, files};
use katakv_core::NodeId;
use serde::Serialize;
use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// What comes next.
pub(super) enum Next {
    /// An event.
    Event,
    /// The process was cut off: what it did since its last event, nobody recorded.
    Gap,
    /// Nothing more.
    End,
}

/// A reader over all taps of a node, with a look at the event that comes next.
pub(super) struct Feed {
    files: VecDeque<PathBuf>,
    open: Option<TapFile>,
    next: Option<Event>,
    /// How the file that is open has ended.
    ended: Option<End>,
    /// How those before it have.
    closed: Vec<Tap>,
    /// How many events came from files before.
    before: usize,
    last: Place,
}

/// What one start of a node has recorded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Tap {
    /// The file.
    pub file: String,
    /// How many events it has.
    pub events: usize,
    /// Why there are no more; nothing, if it was cut off, as by `kill -9`.
    pub end: Option<End>,
}

impl Tap {
    fn of(open: &TapFile, end: Option<End>) -> Tap {
        let file = open.path().file_name().unwrap_or_default();
        Tap {
            file: file.to_string_lossy().into_owned(),
            events: open.events(),
            end,
        }
    }
}

/// Where an event stands: in which file, and which it is there, counted from 0.
pub(super) type Place = (Rc<Path>, usize);

impl Feed {
    pub(super) fn open(dir: &Path, node: NodeId) -> Result<Feed, TapError> {
        let files: VecDeque<PathBuf> = files(dir, node)?.into();
        Ok(Feed {
            last: (files.front().map_or(dir, PathBuf::as_path).into(), 0),
            files,
            open: None,
            next: None,
            ended: None,
            closed: Vec::new(),
            before: 0,
        })
    }

    /// Looks what comes next.
    pub(super) fn look(&mut self) -> Result<Next, TapError> {
        loop {
            if self.next.is_some() {
                return Ok(Next::Event);
            }
            let Some(open) = &mut self.open else {
                let Some(path) = self.files.pop_front() else {
                    return Ok(Next::End);
                };
                self.last = (path.as_path().into(), 0);
                self.open = Some(TapFile::open(&path)?);
                self.ended = None;
                continue;
            };
            match open.next_event()? {
                Some(Event::Ended(end)) => self.ended = Some(end),
                Some(event) => {
                    self.last.1 = open.events() - 1;
                    self.next = Some(event);
                }
                None if self.ended == Some(End::Stopped) => {
                    self.close();
                }
                None if self.files.is_empty() => return Ok(Next::End),
                None => return Ok(Next::Gap),
            }
        }
    }

    /// The event that comes next, if it is known.
    pub(super) fn peek(&self) -> Option<&Event> {
        self.next.as_ref()
    }

    pub(super) fn take(&mut self) -> Option<Event> {
        self.next.take()
    }

    /// Goes on after a gap.
    pub(super) fn pass_gap(&mut self) {
        self.close();
    }

    /// Whether there was never anything.
    pub(super) fn is_absent(&self) -> bool {
        self.files.is_empty() && self.open.is_none() && self.events() == 0
    }

    /// Whether everything was taken.
    pub(super) fn is_over(&self) -> bool {
        self.files.is_empty() && self.next.is_none()
    }

    /// Where the event stands that was last looked at.
    pub(super) fn place(&self) -> Place {
        self.last.clone()
    }

    /// How many events were read.
    pub(super) fn events(&self) -> usize {
        self.before + self.open.as_ref().map_or(0, TapFile::events)
    }

    /// Every file that was opened, and how it ended.
    pub(super) fn taps(&self) -> Vec<Tap> {
        let last = self.open.as_ref().map(|open| Tap::of(open, self.ended));
        self.closed.iter().cloned().chain(last).collect()
    }

    fn close(&mut self) {
        if let Some(open) = self.open.take() {
            self.before += open.events();
            self.closed.push(Tap::of(&open, self.ended));
        }
    }

    /// How the last file ended, if it says so.
    pub(super) fn end(&self) -> Option<End> {
        self.ended
    }
}
