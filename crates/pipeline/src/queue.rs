//! Bounded queues between threads.
//!
//! The end is a message. A sender that is dropped without it was aborted, so a crash can never look like the end
//! of a film; a receiver that is dropped frees its senders.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, SendTimeoutError, Sender};

use crate::shared::Timer;
use crate::stage::{Flow, Sink, Stop};

/// Bytes a queue may hold, whatever the number of its items: eight 4K frames of 10 bits fit, a burst of huge
/// packets does not.
const MOST_BYTES: usize = 256 * 1024 * 1024;

/// What a queue carries.
pub(crate) trait Weight: Send {
    /// Bytes it holds in memory.
    fn weight(&self) -> usize;
}

impl Weight for transcode_av::Packet {
    fn weight(&self) -> usize {
        self.size()
    }
}

impl Weight for transcode_av::Frame {
    fn weight(&self) -> usize {
        self.memory()
    }
}

enum Message<T> {
    Item(T),
    End,
}

/// The bytes in a queue; senders wait at it.
#[derive(Debug)]
struct Gate {
    most: usize,
    state: Mutex<Load>,
    freed: Condvar,
}

#[derive(Debug, Default)]
struct Load {
    bytes: usize,
    closed: bool,
}

impl Gate {
    fn state(&self) -> MutexGuard<'_, Load> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for room, at most until `deadline`; whether there is. A single item larger than the whole limit passes when the
    /// queue is empty.
    fn enter(&self, bytes: usize, deadline: Option<Instant>) -> Result<bool, Stop> {
        let mut load = self.state();
        while !load.closed && load.bytes > 0 && load.bytes + bytes > self.most {
            load = match deadline.map(|deadline| deadline.saturating_duration_since(Instant::now())) {
                None => self.freed.wait(load).unwrap_or_else(PoisonError::into_inner),
                Some(Duration::ZERO) => return Ok(false),
                Some(left) => self.freed.wait_timeout(load, left).unwrap_or_else(PoisonError::into_inner).0,
            };
        }
        if load.closed {
            return Err(Stop::HungUp);
        }
        load.bytes += bytes;
        Ok(true)
    }

    fn leave(&self, bytes: usize) {
        self.state().bytes -= bytes;
        self.freed.notify_all();
    }

    fn close(&self) {
        self.state().closed = true;
        self.freed.notify_all();
    }
}

/// The sending end.
#[derive(Debug)]
pub(crate) struct Tx<T: Weight> {
    sender: Sender<Message<T>>,
    gate: Arc<Gate>,
    waited: Timer,
}

impl<T: Weight> Clone for Tx<T> {
    fn clone(&self) -> Self {
        Self { sender: self.sender.clone(), gate: Arc::clone(&self.gate), waited: self.waited.clone() }
    }
}

/// The receiving end.
#[derive(Debug)]
pub(crate) struct Rx<T: Weight> {
    receiver: Receiver<Message<T>>,
    gate: Arc<Gate>,
}

/// A queue of at most `depth` items; `waited` counts the time senders spend waiting for room.
pub(crate) fn bounded<T: Weight>(depth: usize, waited: Timer) -> (Tx<T>, Rx<T>) {
    bounded_bytes(depth, MOST_BYTES, waited)
}

/// The same with a limit of its own to the bytes.
pub(crate) fn bounded_bytes<T: Weight>(depth: usize, most: usize, waited: Timer) -> (Tx<T>, Rx<T>) {
    let (sender, receiver) = crossbeam_channel::bounded(depth);
    let gate = Arc::new(Gate { most, state: Mutex::default(), freed: Condvar::new() });
    (Tx { sender, gate: Arc::clone(&gate), waited }, Rx { receiver, gate })
}

impl<T: Weight> Tx<T> {
    /// Says that no more comes.
    pub(crate) fn finish(self) -> Flow {
        self.sender.send(Message::End).map_err(|_| Stop::HungUp)
    }

    /// Puts an item in, or gives it back where there was no room for so long.
    pub(crate) fn offer(&mut self, item: T, patience: Duration) -> Result<Option<T>, Stop> {
        let (weight, deadline) = (item.weight(), Instant::now() + patience);
        if !self.gate.enter(weight, Some(deadline))? {
            return Ok(Some(item));
        }
        match self.sender.send_deadline(Message::Item(item), deadline) {
            Ok(()) => Ok(None),
            Err(SendTimeoutError::Timeout(Message::Item(item))) => {
                self.gate.leave(weight);
                Ok(Some(item))
            }
            Err(_) => Err(Stop::HungUp),
        }
    }
}

impl<T: Weight> Sink<T> for Tx<T> {
    fn accept(&mut self, item: T) -> Flow {
        let began = Instant::now();
        self.gate.enter(item.weight(), None)?;
        let sent = self.sender.send(Message::Item(item)).map_err(|_| Stop::HungUp);
        self.waited.add(began.elapsed());
        sent
    }
}

impl<T: Weight> Rx<T> {
    /// The next item, where one comes within that time. The end, too, is none: such a queue ends when its sender goes.
    pub(crate) fn receive_within(&self, patience: Duration) -> Result<Option<T>, Stop> {
        match self.receiver.recv_timeout(patience) {
            Ok(Message::Item(item)) => {
                self.gate.leave(item.weight());
                Ok(Some(item))
            }
            Ok(Message::End) | Err(RecvTimeoutError::Timeout) => Ok(None),
            Err(RecvTimeoutError::Disconnected) => Err(Stop::HungUp),
        }
    }

    /// The next item, or `None` at the end.
    pub(crate) fn receive(&self) -> Result<Option<T>, Stop> {
        match self.receiver.recv() {
            Ok(Message::Item(item)) => {
                self.gate.leave(item.weight());
                Ok(Some(item))
            }
            Ok(Message::End) => Ok(None),
            Err(_) => Err(Stop::HungUp),
        }
    }
}

impl<T: Weight> Drop for Rx<T> {
    fn drop(&mut self) {
        self.gate.close();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Weight for usize {
        fn weight(&self) -> usize {
            *self
        }
    }

    fn queue(depth: usize) -> (Tx<usize>, Rx<usize>) {
        bounded(depth, Timer::default())
    }

    #[test]
    fn an_end_is_said_and_a_dropped_sender_is_none() {
        let (mut tx, rx) = queue(4);
        tx.accept(1).expect("there is room");
        tx.finish().expect("there is room");
        assert!(matches!(rx.receive(), Ok(Some(1))));
        assert!(matches!(rx.receive(), Ok(None)));
        let (tx, rx) = queue(4);
        drop(tx);
        assert!(matches!(rx.receive(), Err(Stop::HungUp)));
    }

    #[test]
    fn a_dropped_receiver_frees_a_sender_that_waits_for_room() {
        for weight in [1, MOST_BYTES] {
            let (mut tx, rx) = queue(1);
            let sender = std::thread::spawn(move || {
                loop {
                    if tx.accept(weight).is_err() {
                        return;
                    }
                }
            });
            std::thread::sleep(std::time::Duration::from_millis(20));
            drop(rx);
            assert!(sender.join().is_ok());
        }
    }

    #[test]
    fn what_finds_no_room_in_time_comes_back_and_takes_none() {
        let step = Duration::from_millis(10);
        // By number, and by bytes.
        for (depth, most) in [(1, 100), (64, 10)] {
            let (mut tx, rx) = bounded_bytes(depth, most, Timer::default());
            assert!(matches!(tx.offer(10_usize, step), Ok(None)));
            assert!(matches!(tx.offer(7, step), Ok(Some(7))));
            assert!(matches!(rx.receive_within(step), Ok(Some(10))));
            assert!(matches!(tx.offer(10, step), Ok(None)));
            assert!(matches!(rx.receive_within(step), Ok(Some(10))));
            assert!(matches!(rx.receive_within(step), Ok(None)));
            drop(rx);
            assert!(matches!(tx.offer(1, step), Err(Stop::HungUp)));
        }
    }

    #[test]
    fn bytes_are_bounded_and_one_oversized_item_still_passes() {
        let (mut tx, rx) = queue(64);
        tx.accept(MOST_BYTES + 1).expect("it is alone");
        let sender = std::thread::spawn(move || tx.accept(1).and_then(|()| tx.finish()));
        std::thread::sleep(std::time::Duration::from_millis(20));
        assert!(!sender.is_finished(), "the second item must wait for the bytes of the first");
        assert!(matches!(rx.receive(), Ok(Some(_))));
        assert!(matches!(rx.receive(), Ok(Some(1))));
        assert!(sender.join().is_ok_and(|sent| sent.is_ok()));
    }
}
