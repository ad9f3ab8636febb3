//! What `dragoman audit` is told to look for.

use anyhow::Result;
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use dragoman_core::{AuditFilter, Core, UserId};

use crate::cli::AuditArgs;
use crate::commands::users::called;
use crate::commands::warn;
use crate::startup::plain;

impl AuditArgs {
    /// The filter, in the core's words.
    pub(super) async fn resolve(self, core: &Core) -> Result<AuditFilter> {
        let who = match self.user {
            Some(name) => {
                let ids = ids(core, &name).await?;
                warn_of_nobody(core, &name, &ids).await?;
                Some((name, ids))
            }
            None => None,
        };
        Ok(AuditFilter {
            since: self.since,
            until: self.until,
            event: self.event,
            dialect: self.dialect,
            address: self.address,
            who,
            newest: self.limit,
        })
    }
}

/// Everybody who is called so today; who was called so then is found by the entries themselves.
async fn ids(core: &Core, name: &str) -> Result<Vec<UserId>> {
    let users = called(core, name).await?;
    Ok(users.into_iter().map(|user| user.id).chain(name.parse().ok().map(UserId::of_number)).collect())
}

/// Nothing found may mean that nothing happened, or that the name is misspelt.
async fn warn_of_nobody(core: &Core, name: &str, ids: &[UserId]) -> Result<()> {
    let filter = AuditFilter { who: Some((name.to_owned(), ids.to_vec())), ..AuditFilter::default() };
    if core.audit().count(&filter).await.map_err(plain)? == 0 {
        warn(&format!("no entry tells of `{name}`, neither of a user of that name or id nor of an attempt with it"));
    }
    Ok(())
}

/// A moment as RFC 3339 writes it, or a day, which begins at midnight UTC.
pub(crate) fn time(text: &str) -> Result<DateTime<Utc>, String> {
    let day = || text.parse::<NaiveDate>().map(|day| day.and_time(NaiveTime::MIN).and_utc());
    let moment = DateTime::parse_from_rfc3339(text).map(|time| time.to_utc());
    moment.or_else(|_| day()).map_err(|_| "write it as 2026-11-22 or 2026-11-22T10:30:00Z".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_a_day_or_a_moment() {
        let shown = |text: &str| time(text).map(|time| time.to_rfc3339());
        assert_eq!(shown("2026-11-22").unwrap(), "2026-11-22T00:00:00+00:00");
        assert_eq!(shown("2026-11-22T10:30:00+02:00").unwrap(), "2026-11-22T08:30:00+00:00");
        for text in ["", "yesterday", "22.11.2026", "2026-11-22 10:30"] {
            assert!(shown(text).is_err(), "{text}");
        }
    }
}
