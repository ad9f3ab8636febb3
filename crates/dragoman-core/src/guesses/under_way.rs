//! Guesses that are being checked at this moment: until their failures are stored, nobody else would count them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Key, Keys};

/// The guesses that this process is checking, and who is guessing.
#[derive(Debug, Clone, Default)]
pub(super) struct UnderWay(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    /// For each counter the different guesses.
    guesses: HashMap<Key, HashMap<Key, Shared>>,
    /// How many failures were stored.
    stored: u64,
}

/// One guess, made by several requests at once, as programs do that send a password with every request.
/// Together they learn no more than one would.
#[derive(Debug, Default)]
struct Shared {
    holders: usize,
    counted: bool,
}

/// How many other guesses are being checked, by counter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Others {
    pub(super) pair: usize,
    pub(super) network: usize,
    pub(super) account: usize,
}

impl UnderWay {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Grows whenever a failure has been stored that was under way before.
    pub(super) fn stored(&self) -> u64 {
        self.state().stored
    }

    /// Enters a guess if `may` agrees, given how many others there are. `None`: since `stored` was looked up
    /// a failure has gone from here into the database, and what was read there may lack it.
    pub(super) fn enter<E>(
        &self,
        stored: Option<u64>,
        keys: &Keys,
        may: impl FnOnce(Others) -> Result<(), E>,
    ) -> Result<Option<Place>, E> {
        let mut state = self.state();
        if stored.is_some_and(|stored| stored != state.stored) {
            return Ok(None);
        }
        let [pair, network, account] = keys.counters().map(|key| state.others(key, keys.guess));
        may(Others { pair, network, account })?;
        for key in keys.counters() {
            state.guesses.entry(key).or_default().entry(keys.guess).or_default().holders += 1;
        }
        Ok(Some(Place { under_way: self.clone(), keys: *keys, stored: false }))
    }
}

impl State {
    fn others(&self, counter: Key, guess: Key) -> usize {
        self.guesses.get(&counter).map_or(0, |there| there.len() - usize::from(there.contains_key(&guess)))
    }

    fn shared(&mut self, keys: &Keys) -> Option<&mut Shared> {
        self.guesses.get_mut(&keys.pair)?.get_mut(&keys.guess)
    }

    fn leave(&mut self, keys: &Keys) {
        for key in keys.counters() {
            let Some(there) = self.guesses.get_mut(&key) else { continue };
            if let Some(shared) = there.get_mut(&keys.guess) {
                shared.holders -= 1;
                if shared.holders == 0 {
                    there.remove(&keys.guess);
                }
            }
            if there.is_empty() {
                self.guesses.remove(&key);
            }
        }
    }
}

/// A guess's place among those under way; it leaves when this is dropped.
#[derive(Debug)]
pub(super) struct Place {
    under_way: UnderWay,
    keys: Keys,
    stored: bool,
}

impl Place {
    /// Whether it falls to this request to store the failure of the guess that it shares with others.
    pub(super) fn counts(&self) -> bool {
        let mut state = self.under_way.state();
        state.shared(&self.keys).is_some_and(|shared| !std::mem::replace(&mut shared.counted, true))
    }

    /// The failure is stored, or could not be.
    pub(super) fn counted(&mut self, stored: bool) {
        self.stored = stored;
        if let Some(shared) = self.under_way.state().shared(&self.keys) {
            shared.counted = stored;
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut state = self.under_way.state();
        state.stored += u64::from(self.stored);
        state.leave(&self.keys);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(pair: u8, guess: u8) -> Keys {
        Keys { pair: [pair; 16], network: [100; 16], account: [200; 16], guess: [guess; 16] }
    }

    fn enter(under_way: &UnderWay, keys: Keys) -> (Place, usize) {
        let mut there = 0;
        let place = under_way.enter::<()>(None, &keys, |others| {
            there = others.pair;
            Ok(())
        });
        (place.unwrap().unwrap(), there)
    }

    #[test]
    fn different_guesses_are_counted_and_the_same_one_is_not() {
        let under_way = UnderWay::default();
        let (one, before) = enter(&under_way, keys(1, 1));
        let (same, alike) = enter(&under_way, keys(1, 1));
        let (_other, different) = enter(&under_way, keys(1, 2));
        let (_elsewhere, apart) = enter(&under_way, keys(2, 3));
        assert_eq!((before, alike, different, apart), (0, 0, 1, 0));
        drop((one, same));
        assert_eq!(enter(&under_way, keys(1, 4)).1, 1);
    }

    #[test]
    fn of_those_who_share_a_guess_one_counts_it() {
        let under_way = UnderWay::default();
        let ((mut one, _), (same, _)) = (enter(&under_way, keys(1, 1)), enter(&under_way, keys(1, 1)));
        assert!(one.counts() && !same.counts());
        one.counted(false);
        assert!(same.counts(), "what the first could not store falls to the next");
    }

    #[test]
    fn whoever_read_before_a_failure_was_stored_is_told_to_read_again() {
        let under_way = UnderWay::default();
        let stored = under_way.stored();
        let (mut place, _) = enter(&under_way, keys(1, 1));
        place.counted(true);
        drop(place);
        let again = under_way.enter::<()>(Some(stored), &keys(1, 2), |_| Ok(()));
        assert!(again.unwrap().is_none());
        assert!(under_way.state().guesses.is_empty(), "nothing is remembered of who has gone");
    }

    #[test]
    fn who_may_not_enters_nothing() {
        let under_way = UnderWay::default();
        assert_eq!(under_way.enter(None, &keys(1, 1), |_| Err("no")).unwrap_err(), "no");
        assert!(under_way.state().guesses.is_empty());
    }
}
