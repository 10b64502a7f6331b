//! Pictures on their way from who decodes them to who asks for them in their order, without a question for each.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::hand::Decoded;

/// Pictures that were decoded before anybody has asked for them, in their order.
#[derive(Clone, Debug, Default)]
pub struct Ready(Arc<Mutex<VecDeque<Decoded>>>);

impl Ready {
    fn lock(&self) -> MutexGuard<'_, VecDeque<Decoded>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The picture of this number, where it is the first of them.
    pub fn take(&self, number: usize) -> Option<Decoded> {
        let mut ready = self.lock();
        if ready.front()?.number == number { ready.pop_front() } else { None }
    }

    /// The number of the first.
    pub(super) fn first(&self) -> Option<usize> {
        self.lock().front().map(|picture| picture.number)
    }

    /// How many they are, and the bytes that they hold.
    pub(super) fn held(&self) -> (usize, usize) {
        let ready = self.lock();
        (ready.len(), ready.iter().map(|picture| picture.frame.memory()).sum())
    }

    pub(super) fn put(&self, picture: Decoded) {
        self.lock().push_back(picture);
    }

    /// The picture of this number; those before it are forgotten, and all others where it is not among them.
    pub(super) fn look_for(&self, number: usize) -> Option<Decoded> {
        let mut ready = self.lock();
        let here = ready.iter().position(|picture| picture.number == number).unwrap_or(ready.len());
        ready.drain(..here);
        ready.pop_front()
    }

    pub(super) fn clear(&self) {
        self.lock().clear();
    }
}
