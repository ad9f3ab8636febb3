//! Holds the ledger with a gateway that came up again.

use std::thread;

use anyhow::{Context as _, Result, anyhow, bail};

use super::client::{Answer, Client};
use super::ledger::{Account, Sight, Violation};

/// What a check found.
#[derive(Debug, Default)]
pub(super) struct Findings {
    /// Those that are as they must be.
    pub(super) accounts: Vec<Account>,
    /// How many facts were looked at.
    pub(super) facts: usize,
    pub(super) violations: Vec<Violation>,
}

/// Asks the gateway about each of these accounts, on so many threads.
pub(super) fn check(origin: &str, accounts: Vec<Account>, threads: usize) -> Result<Findings> {
    thread::scope(|scope| {
        let hands = deal(accounts, threads).into_iter();
        let checks: Vec<_> = hands.map(|hand| scope.spawn(move || check_in_turn(origin, hand))).collect();
        checks.into_iter().try_fold(Findings::default(), |mut all, check| {
            let mut part = check.join().map_err(|_| anyhow!("a checking thread panicked"))??;
            all.accounts.append(&mut part.accounts);
            all.violations.append(&mut part.violations);
            all.facts += part.facts;
            Ok(all)
        })
    })
}

/// The items in so many parts of about the same size.
pub(super) fn deal<T>(items: Vec<T>, hands: usize) -> Vec<Vec<T>> {
    let mut dealt: Vec<Vec<T>> = std::iter::repeat_with(Vec::new).take(hands.max(1)).collect();
    for (turn, item) in items.into_iter().enumerate() {
        if let Some(hand) = dealt.get_mut(turn % hands.max(1)) {
            hand.push(item);
        }
    }
    dealt
}

fn check_in_turn(origin: &str, accounts: Vec<Account>) -> Result<Findings> {
    let client = Client::new(origin);
    let mut findings = Findings::default();
    for (turn, mut account) in accounts.into_iter().enumerate() {
        let sight = look(&client, &account, turn).with_context(|| format!("asking about {}", account.name))?;
        findings.facts += sight.passwords.len() + sight.live.len();
        match account.settle(&sight) {
            Ok(()) => findings.accounts.push(account),
            // Told once; what it is from now on is nothing that one could rely on.
            Err(violation) => findings.violations.push(violation),
        }
    }
    Ok(findings)
}

fn look(client: &Client<'_>, account: &Account, turn: usize) -> Result<Sight> {
    let passwords = account.telling_passwords().map(|number| {
        let (email, password) = (account.email(), account.password(number));
        let answer = if turn.is_multiple_of(2) {
            works(client.sign_in_to_onyx(&email, &password))
        } else {
            works(client.sign_in_to_jwt(&email, &password))
        };
        Ok((number, answer?))
    });
    let passwords = passwords.collect::<Result<_>>()?;
    let tokens = account.tokens().iter();
    let live = tokens.map(|token| works(client.try_token(token.kind, &token.text, account.uuid.as_deref())));
    Ok(Sight { passwords, live: live.collect::<Result<_>>()? })
}

fn works<T>(answer: Answer<T>) -> Result<bool> {
    match answer {
        Answer::Done(_) => Ok(true),
        Answer::Refused(_) => Ok(false),
        Answer::Failed(words) | Answer::Lost(words) => bail!("the gateway does not answer: {words}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_dealt_once() {
        assert_eq!(deal(vec![1, 2, 3, 4, 5], 2), [vec![1, 3, 5], vec![2, 4]]);
        assert_eq!(deal(vec![1], 0), [vec![1]]);
        assert!(deal(Vec::<u8>::new(), 2).concat().is_empty());
    }

    #[test]
    fn only_an_answer_tells_anything() {
        assert!(works(Answer::Done(())).unwrap());
        assert!(!works::<()>(Answer::Refused("401".to_owned())).unwrap());
        assert!(works::<()>(Answer::Failed("503".to_owned())).is_err());
        assert!(works::<()>(Answer::Lost("reset".to_owned())).is_err());
    }
}
