//! The decisions that a mutant may break. Each has one sound answer, its default; production runs [`Sound`], which
//! costs nothing. A mutant of the checker overrides one of them, and a property has to notice.

use crate::{
    AckLevel, Branch, EntryId, Epoch, Image, Index, Lineage, Message, NodeId, Outcome, Payload, Standing,
};

/// The protocol's decisions, one a method. Do not override any outside the checker.
pub trait Rules {
    /// Not a decision: which way the protocol goes, for a checker that counts what it has seen. Nobody else listens.
    fn took(&self, _branch: Branch) {}

    /// How far the leader's log counts as durable on the leader when a client is told so: to what is synced, not
    /// to what is appended.
    fn acknowledged_to(&self, durable: Index, _last: Index) -> Index {
        durable
    }

    /// How far the leader counts its own copy towards commitment: to what is synced (Raft §10.2.1 of the thesis
    /// allows the leader to write in parallel only because it counts itself after its own write).
    fn own_copy(&self, durable: Index, _last: Index) -> Index {
        durable
    }

    /// How many durable copies commit an entry: a majority, so that every later leader's voters include one.
    fn commit_copies(&self, replicas: usize) -> usize {
        replicas / 2 + 1
    }

    /// Whether counting copies may commit an entry of epoch `entry`: only one of the leader's own (Raft §5.4.2,
    /// figure 8); older ones commit with it.
    fn may_commit(&self, entry: Epoch, own: Epoch) -> bool {
        entry == own
    }

    /// Whether a candidate's log is fresh enough for this replica's vote (Raft §5.4.1).
    fn fresh_enough(&self, candidate: EntryId, own: EntryId) -> bool {
        candidate >= own
    }

    /// Whether this replica, having given `vote` in this epoch, may vote for `candidate` in it: once an epoch, and
    /// again only for the same one (Raft §5.2). Two majorities share a voter, so two leaders need one that votes twice.
    fn may_vote(&self, vote: Option<NodeId>, candidate: NodeId) -> bool {
        vote.is_none_or(|vote| vote == candidate)
    }

    /// Whether an epoch that a replica enters because it hears of it is made durable at once (Raft §5.2, figure 2:
    /// currentTerm is persistent state). The records of entries rely on it: they do not tell of the epoch again.
    fn persists_heard_epoch(&self) -> bool {
        true
    }

    /// Whether a vote is made durable.
    fn persists_vote(&self) -> bool {
        true
    }

    /// The vote that a restarted replica holds itself to.
    fn recovered_vote(&self, durable: Option<NodeId>) -> Option<NodeId> {
        durable
    }

    /// Whether a message that promises something about this replica's disk waits until what it promises is synced.
    /// All three do (Raft §5, figure 2: persistent state is updated "before responding to RPCs"):
    /// - an acknowledgement of entries, because the leader counts it as a durable copy;
    /// - a vote, because a replica that forgets it votes again;
    /// - a vote request, because it tells of the candidate's whole log, so its un-synced end would be promised too.
    fn waits_for_sync(&self, _promise: &Message) -> bool {
        true
    }

    /// Whether a follower's entry at the place before an append is the one that the leader means (Raft §5.3).
    fn matches_prev(&self, own: Option<Epoch>, prev: Epoch) -> bool {
        own == Some(prev)
    }

    /// How many entries of an append a follower keeps as it has them, when `known` of them, from the first, are in its
    /// log already: all of those. Only what contradicts the append is truncated, because an append that was overtaken
    /// says nothing about what came after it (Raft §5.3 and figure 2, steps 3 and 4 of AppendEntries).
    fn keeps(&self, known: usize) -> usize {
        known
    }

    /// How far a follower of a log that ends at `_last` knows it to be equal to the leader's, after an append that
    /// reached to `matched`: only to there. Beyond it, its entries may be those of an older leader (Raft §5.3).
    fn equal_to(&self, matched: Index, _last: Index) -> Index {
        matched
    }

    /// How far a follower takes a log that ends at `_last` for committed, when the leader's is committed to `commit`
    /// and this append made them equal to `matched`: not beyond that (Raft figure 2, step 5 of AppendEntries: the last
    /// *new* entry).
    fn follower_commit(&self, commit: Index, matched: Index, _last: Index) -> Index {
        commit.min(matched)
    }

    /// How far a log that was durable to `durable` still is, when a record truncates it to `after` and appends up
    /// to `_last`: what is truncated no longer counts, and what takes its place does once it is synced.
    fn durable_after_truncation(&self, durable: Index, after: Index, _last: Index) -> Index {
        durable.min(after)
    }

    /// Whether a replica in epoch `own` is deaf to a message: to those of lower epochs (Raft §5.1). That is what
    /// fences a leader that was replaced, and does not know it yet.
    fn deaf_to(&self, message: &Message, own: Epoch) -> bool {
        message.epoch() < own
    }

    /// Whether a message of a later epoch brings its receiver into that epoch: any does (Raft §5.1), a question too. A replica
    /// that is ahead is deaf to its group; it has to be able to take the group along.
    fn brings_its_epoch(&self, _message: &Message) -> bool {
        true
    }

    /// Whether a replica that has applied `applied` has caught up with a session that has seen `seen`.
    fn caught_up(&self, applied: Index, seen: Index) -> bool {
        applied >= seen
    }

    /// The position that the answer to a session's read tells, which becomes the session's: that of the state which was
    /// read, or a later read at another replica could be older (Terry et al. 1994, monotonic reads).
    fn read_position(&self, applied: EntryId, _seen: EntryId) -> EntryId {
        applied
    }

    /// Whether the committed owner of an index is the epoch that the session has seen there.
    fn same_lineage(&self, owner: Epoch, seen: Epoch) -> bool {
        owner == seen
    }

    /// How far a leader whose log is committed to `commit` acknowledges at level `leader`, when `max` acknowledged
    /// entries may be un-replicated: so far that a failover truncates no more of them (Redis bounds the same
    /// with `min-replicas-to-write`, by refusing writes once its replicas lag).
    fn leader_acks_to(&self, commit: Index, max: u32) -> Index {
        commit.plus(max as usize)
    }

    /// The position that the answer to a read of any age tells: that of the state which was read. What is in the log beyond it
    /// may be truncated (Terry 2013: a consistent prefix).
    fn any_read_position(&self, applied: EntryId, _last: EntryId) -> EntryId {
        applied
    }

    /// Up to where a replica counts the entries that its answer to a read of any age lacks: to the end of its log. Its commit
    /// index stands still when it is cut off, and so would the age that it tells.
    fn age_counted_to(&self, last: Index, _commit: Index) -> Index {
        last
    }

    /// Whether a replica of this standing can tell how much it lacks: if it counts. A learner has lost what it knew of.
    fn knows_its_age(&self, standing: Standing) -> bool {
        standing.is_member()
    }

    /// Up to which entry a replica that has applied `applied` tells that entries are committed: only what is applied is
    /// known to be. What is merely in its log, a later leader may still truncate (Raft §5.3).
    fn fate_committed_to(&self, applied: EntryId, _last: EntryId) -> EntryId {
        applied
    }

    /// Up to which entry a replica that has applied `applied` tells that another epoch has taken a place: only in the
    /// committed log. An un-committed conflict may itself be truncated, and what it took the place of come back and
    /// commit (Raft §5.4.2, figure 8).
    fn fate_truncated_to(&self, applied: EntryId, _last: EntryId) -> EntryId {
        applied
    }

    /// Whether `owner`, the epoch that owns a place in the committed log, tells that the entry of epoch `asked` never will
    /// be there: every other epoch does. A lower one can, too: a leader that never got its entries to a majority has them
    /// truncated in favour of entries that are older than they are (Raft §5.3, figure 7).
    fn takes_the_place(&self, owner: Epoch, asked: Epoch) -> bool {
        owner != asked
    }

    /// Whether `owner`, the epoch that owns an entry's place in a leader's log, tells that it is the entry whose level is
    /// awaited: if it is of the same epoch. What stands at the same index may be another one's, and its copies are (Viewstamped
    /// Replication and Raft name an operation by view and number, never by number alone).
    fn is_awaited(&self, owner: Epoch, asked: Epoch) -> bool {
        owner == asked
    }

    /// Up to which entry a leader tells that an awaited one is lost: in what is committed. What is only in its log may give
    /// way in its turn, and the awaited one come back (Raft §5.4.2, figure 8).
    fn awaited_lost_to(&self, committed: EntryId, _last: EntryId) -> EntryId {
        committed
    }

    /// The level that is awaited when `asked` is: that one, however long it takes.
    fn level_awaited(&self, asked: AckLevel) -> AckLevel {
        asked
    }

    /// Whether a leader whose first entry is at `barrier` may take linearizable reads when it knows `commit` to be
    /// committed: not before its barrier is. Until then its commit index may be behind what an earlier leader has
    /// acknowledged (Ongaro's thesis, §6.4, step 1).
    fn serves_reads(&self, barrier: Index, commit: Index) -> bool {
        barrier <= commit
    }

    /// Which round confirms a read that arrives when `last` is the last that has begun: one that begins now (thesis,
    /// §6.4, step 3). What a follower says of an earlier round may be older than the read.
    fn read_round(&self, last: u64) -> u64 {
        last + 1
    }

    /// Whether a confirmed read may be answered from a state of `applied`, when `index` was committed as it arrived
    /// (thesis, §6.4, step 4).
    fn reads_applied(&self, applied: Index, index: Index) -> bool {
        applied >= index
    }

    /// Whether a follower that has `in_flight` spans un-acknowledged may be sent one more.
    fn window_open(&self, in_flight: usize, window: usize) -> bool {
        in_flight < window
    }

    /// Whether a replica lets go of the epoch for `candidate`, when it believes that `leader` leads in it: not while there
    /// is a leader (§9.6 of Raft's thesis). A leader that asks itself has stepped down or restarted since.
    fn lets_go(&self, leader: Option<NodeId>, candidate: NodeId) -> bool {
        leader.is_none_or(|leader| leader == candidate)
    }

    /// Whether a replica whose log ends at `candidate` could get this one's vote: exactly if it would be given (§9.6 of
    /// Raft's thesis), or campaigns that cannot be won would end leaderships.
    fn hopeful(&self, candidate: EntryId, own: EntryId) -> bool {
        self.fresh_enough(candidate, own)
    }

    /// Whether an answer of a follower says that it hears its leader: any does, also one that tells of nothing new, as
    /// those to heartbeats do while nobody writes (§6.2 of Raft's thesis asks for a round of heartbeats, not of entries).
    fn counts_as_heard(&self, _tells_of_progress: bool) -> bool {
        true
    }

    /// Whether a leader has waited too long for a follower that was silent for `unheard` heartbeats, when `allowed` are
    /// (§6.2 of Raft's thesis; etcd's `CheckQuorum`).
    fn unheard_too_long(&self, unheard: u32, allowed: u32) -> bool {
        unheard >= allowed
    }

    /// Whether a leader that hands over accepts writes: each would put the end of its log, which the target has to get to,
    /// farther away (§3.10 of Raft's thesis, step 1).
    fn accepts_while_handing_over(&self) -> bool {
        false
    }

    /// Whether a target that is durable and equal to `matched` may be told to campaign, when the log ends at `last`: if it
    /// has all of it. Otherwise it may not be electable, and ends a leadership for nothing (thesis, §3.10, step 2).
    fn has_caught_up(&self, matched: Index, last: Index) -> bool {
        matched == last
    }

    /// Whether a replica that its leader tells to campaign does so at once. Were it to ask first, the others, who hear that
    /// leader, would not let go (thesis, §4.2.3: a transfer is why a campaign may disrupt a leader that is heard).
    fn campaigns_when_told(&self) -> bool {
        true
    }

    /// Whether a leader that has handed over for `heartbeats` gives up and accepts writes again, when `allowed` may pass:
    /// its target may be gone (thesis, §3.10: after about an election timeout).
    fn gives_up(&self, heartbeats: u32, allowed: u32) -> bool {
        heartbeats >= allowed
    }

    /// Whether `waiting` operations are too many for one more to be accepted, when `max` may wait: memory is bounded, and so is what
    /// a follower that was away has to catch up with.
    fn too_many(&self, waiting: u64, max: u64) -> bool {
        waiting >= max
    }

    /// Whether a condition holds for a key of version `found`: if that is the very entry that the client names, epoch
    /// and index. A client may have its version from a write that was acknowledged at level `leader` and truncated; what
    /// stands at the same index now is another one's.
    fn condition_holds(&self, found: Option<EntryId>, expected: Option<EntryId>) -> bool {
        found == expected
    }

    /// How many of a transaction's changes are applied: all if its conditions hold, none if one does not
    /// (atomicity; Sinfonia, Aguilera et al. 2007, §3.1).
    fn applied_ops(&self, conditions_hold: bool, ops: usize) -> usize {
        if conditions_hold { ops } else { 0 }
    }

    /// Whether the answer to a write waits for its outcome: that of a conditional one does, until it is applied (Raft
    /// §5.3: the leader applies the entry and returns the result of *that* execution).
    fn awaits_outcome(&self, conditional: bool) -> bool {
        conditional
    }

    /// Whether a leader whose first entry is at `barrier` tells new writes from retries when it knows `commit` to be
    /// committed: not before its barrier is. Until then it may hold an older leader's entries that are not applied, and what
    /// is remembered of clients is of what is (Ongaro's thesis, §6.3: the *state machine* tracks the latest serial numbers).
    fn serves_retries(&self, barrier: Index, commit: Index) -> bool {
        barrier <= commit
    }

    /// Where a leader finds a numbered write that is in its log and not applied yet: there. Results are remembered when they
    /// are applied, so a client that asks again sooner is found nowhere else.
    fn appended_before(&self, place: Option<Index>) -> Option<Index> {
        place
    }

    /// Whether a write of a client that is not known is carried out: never. It may have been, before the client was
    /// forgotten (Ongaro's thesis, §6.3, of sessions that expire).
    fn serves_unknown_clients(&self) -> bool {
        false
    }

    /// Up to which number a client's results are forgotten, when it has said that it is done with those up to `done`, and no
    /// further (RIFL, Lee et al. 2015: garbage collection by the first number that is not acknowledged).
    fn forgets_to(&self, done: u64) -> u64 {
        done
    }

    /// Whether it is remembered what became of a write: whatever did. One that changed nothing may change something the
    /// second time (RIFL: a completion record holds the result, whichever it is).
    fn remembers(&self, _outcome: &Outcome) -> bool {
        true
    }

    /// From when on a leader counts the time to live of a write, when its clock shows `now_ms` and the latest time in its log is
    /// `latest_ms`: from the later of the two. Were a clock that is behind to count alone, the next leader's, or what the log
    /// has said already, would cut that life short (Lamport 1978, rule IR2: whoever hears of a later time goes on from there).
    fn counts_from(&self, now_ms: u64, latest_ms: u64) -> u64 {
        now_ms.max(latest_ms)
    }

    /// Up to which deadline keys go when an entry is applied that says that it is `time_ms`: to that time. No replica looks at
    /// its own clock (Redis has its replicas wait for the master to expire a key, for the same reason).
    fn expires_to(&self, time_ms: u64) -> u64 {
        time_ms
    }

    /// Whether a leader whose first entry is at `barrier` lets keys expire when it knows `commit` to be committed: not before
    /// its barrier is. Until then an older leader's entries may be in its log that say what time it is, and are not
    /// applied.
    fn serves_time(&self, barrier: Index, commit: Index) -> bool {
        barrier <= commit
    }

    /// Whether a leader lets keys expire by one more entry when one is `under_way`: no. What is due stays so until that is
    /// applied, and a leader that is cut off would go on appending for as long as its clock runs.
    fn expires_again(&self, under_way: bool) -> bool {
        !under_way
    }

    /// The epoch that a client is told its entry is of, by a leader of epoch `_own`: its owner's. A retry may find an entry of an
    /// older leader.
    fn owner_told(&self, owner: Epoch, _own: Epoch) -> Epoch {
        owner
    }

    /// What a leader sends of its applied state: all of it, what is remembered of clients as well (Ongaro's thesis, §6.3:
    /// sessions are part of the state machine, and so of its snapshots).
    fn state_sent(&self, state: Image) -> Image {
        state
    }

    /// Whether a gated effect may leave when `records` records before it are not synced yet.
    fn gate_opens(&self, records: u32) -> bool {
        records == 0
    }

    /// How far the log drops its entries, when it is asked to do so up to `asked` and has applied `applied`: not what is
    /// still to be applied (Raft §7: a snapshot covers "just the committed entries" that the state machine has).
    fn compacted_to(&self, asked: Index, applied: Index) -> Index {
        asked.min(applied)
    }

    /// What a log remembers of whose its dropped entries were: all of it. Raft keeps the last one's term (§7), which is
    /// enough for its own checks; a session's token may be of any.
    fn lineage_kept(&self, lineage: Lineage) -> Lineage {
        lineage
    }

    /// Whether a follower whose next entry is `next` must be sent the state instead, when the leader's entries up to
    /// `compacted` are dropped (Raft §7).
    fn needs_snapshot(&self, next: Index, compacted: Index) -> bool {
        next <= compacted
    }

    /// Whether a follower that has an entry of epoch `own` where a leader's state ends, with one of epoch `last`, has all
    /// that the state stands for: if it is that very entry. Then the log stays, with what follows (Raft §7, figure 13,
    /// step 6), and the store with what it has applied beyond.
    fn holds_snapshot(&self, own: Option<Epoch>, last: Epoch) -> bool {
        own == Some(last)
    }

    /// Whether a leader's state that ends at `last` may be handed to the store of a replica that is durable to `durable`:
    /// once its record is synced. A store that has it sooner is ahead of the log that a crash leaves.
    fn installs(&self, last: Index, durable: Index) -> bool {
        durable >= last
    }

    /// Whether an entry that a log gives up is kept in quarantine: whatever a client has asked for is, since it may have been
    /// acknowledged. (MongoDB's rollback files leave deletes out.)
    fn quarantines(&self, payload: &Payload) -> bool {
        !matches!(
            payload,
            Payload::Barrier | Payload::Joined { .. } | Payload::Expire { .. }
        )
    }

    /// Whether entries that give way to a leader's state are kept as those that give way to its entries are: it
    /// is one loss, whichever message brings it.
    fn quarantines_replaced(&self) -> bool {
        true
    }

    /// Whether a replica that restarts puts into quarantine what its records have truncated: its store may have lost it
    /// again, as it may have lost what was applied.
    fn recovers_quarantine(&self) -> bool {
        true
    }

    /// As what a replica begins that finds less on its disk than it had put there: as one that counts for nothing. It is
    /// another one than it was (Ongaro's thesis, §4.2.1, new servers are non-voting; Michael et al. 2017, on what becomes
    /// of those who ask their peers what they had promised).
    fn refilled_as(&self, incarnation: u64) -> Standing {
        Standing::Learner { incarnation }
    }

    /// Whether a replica goes on with what is before a damaged record that is not the tail, as it does with what is
    /// before a torn one: it does not. What follows was synced, and what it promised has been told (Alagappan et al. 2018,
    /// *Protocol-Aware Recovery for Consensus-Based Storage*, §3.3: truncating at a corruption loses safely stored data).
    fn cuts_damage(&self) -> bool {
        false
    }

    /// Whether a replica of this standing gives its vote, and foretells that it would: if it counts. A learner may
    /// have voted for somebody else before it lost its disk.
    fn votes(&self, standing: Standing) -> bool {
        standing.is_member()
    }

    /// Whether a replica of this standing asks for votes: if it counts.
    fn campaigns(&self, standing: Standing) -> bool {
        standing.is_member()
    }

    /// Whether a replica of this standing acknowledges entries as durable copies: if it counts. A learner may have
    /// promised a later leader not to, before it lost its disk.
    fn acknowledges(&self, standing: Standing) -> bool {
        standing.is_member()
    }

    /// Whether a replica of this standing tells a leader that it still leads: if it counts.
    fn confirms(&self, standing: Standing) -> bool {
        standing.is_member()
    }

    /// Whether the result of an election in epoch `heard` takes the place of one in epoch `latest`: if its epoch is the later
    /// one. Results come late, again, and in any order; the number that grows with each leader tells which of two is the later
    /// one (Burrows 2006, *The Chubby lock service*, §2.4, sequencers).
    fn supersedes(&self, heard: Epoch, latest: Option<Epoch>) -> bool {
        latest.is_none_or(|latest| heard > latest)
    }

    /// Whether an answer that tells who leads takes the place of what is believed: always. Who is asked and does not lead names
    /// the leader that it knows (Raft §8), and a result may never come.
    fn answers_correct(&self) -> bool {
        true
    }

    /// Up to where a learner looks in a log that ends at `_last` for the entry that makes it a member: in what is
    /// committed. Of what is merely appended the survivors have promised nothing yet.
    fn joins_within(&self, commit: Index, _last: Index) -> Index {
        commit
    }

    /// Up to where a learner may have got in a leader's state, which has the log up to `reached` and still is a learner: to
    /// what is committed. A state is of committed entries and holds none of them, and it may be of more than what its
    /// leader has `_compacted`. A learner that has its entry and has yet to hear of the commit gets one too many, which does no harm.
    fn passed_over(&self, reached: Index, commit: Index, _compacted: Index) -> Index {
        reached.min(commit)
    }

    /// How far a leader counts the copy of a learner that has the log up to `_reached`: not at all.
    fn learners_copy(&self, _reached: Index) -> Index {
        Index::ZERO
    }
}

/// The protocol as it should be.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sound;

impl Rules for Sound {}
