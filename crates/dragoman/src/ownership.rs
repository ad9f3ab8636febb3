//! Whose request it is: decided by listener, host and path, the same for the check at the start and for each request.

#[cfg(test)]
mod tests;

use actix_web::dev::RequestHead;
use actix_web::http::header;
use actix_web::http::uri::Authority;
use anyhow::{Result, bail};

use crate::mounts::Placement;

/// Who owns what on one listener.
#[derive(Debug, Default)]
pub struct Ground {
    claims: Vec<Claim>,
}

#[derive(Debug)]
struct Claim {
    /// Index among the listener's placements.
    owner: usize,
    host: Option<String>,
    path: Vec<String>,
    /// By the dialect's documents, and not only because nobody else is below the prefix.
    documented: bool,
}

impl Claim {
    /// The claim that ranks highest counts: a documented one before another, then the longest.
    fn rank(&self) -> (bool, usize) {
        (self.documented, self.path.len())
    }
}

impl Ground {
    /// The ground of placements that share a listener.
    #[must_use]
    pub fn new(placements: &[&Placement]) -> Self {
        let claims = placements.iter().enumerate().flat_map(|(owner, placement)| {
            let territory = placement.dialect.territory.iter().map(|path| (placement.path(path), true));
            let whole = alone(owner, placements).then(|| (placement.prefix.clone(), false));
            territory.chain(whole).map(move |(path, documented)| Claim {
                owner,
                host: placement.host.clone(),
                path: segments(&path).into_iter().map(str::to_owned).collect(),
                documented,
            })
        });
        Self { claims: claims.collect() }
    }

    /// The placement that owns this request; of the path only whole segments count, so doubled slashes do not matter.
    #[must_use]
    pub fn owner(&self, host: Option<&str>, path: &str) -> Option<usize> {
        let path = segments(path);
        let answers = |claim: &&Claim| {
            claim.host.as_deref().is_none_or(|own| host.is_some_and(|host| host.eq_ignore_ascii_case(own)))
                && claim.path.len() <= path.len()
                && claim.path.iter().zip(&path).all(|(claimed, asked)| claimed == asked)
        };
        self.claims.iter().filter(answers).max_by_key(|claim| claim.rank()).map(|claim| claim.owner)
    }
}

/// Whether nobody else is at this placement's host and prefix.
fn alone(owner: usize, placements: &[&Placement]) -> bool {
    let Some(own) = placements.get(owner) else { return false };
    let neighbours = placements.iter().enumerate().filter(|&(other, _)| other != owner);
    neighbours.into_iter().all(|(_, other)| !own.shares_host(other) || own.prefix != other.prefix)
}

fn segments(path: &str) -> Vec<&str> {
    path.split('/').filter(|segment| !segment.is_empty()).collect()
}

/// The host that a request is for, without the port. With user information before it, it is none (RFC 9110, 7.2).
#[must_use]
pub fn host(head: &RequestHead) -> Option<String> {
    let header = || head.headers.get(header::HOST)?.to_str().ok()?.parse::<Authority>().ok();
    let authority = head.uri.authority().cloned().or_else(header).filter(|host| !host.as_str().contains('@'))?;
    Some(authority.host().trim_end_matches('.').to_owned())
}

/// The placements of each listener, in order.
#[must_use]
pub fn by_listener(placements: &[Placement]) -> Vec<Vec<&Placement>> {
    let mut listeners: Vec<Vec<&Placement>> = Vec::new();
    for placement in placements {
        match listeners.iter_mut().find(|there| there.iter().any(|other| other.shares_listener(placement))) {
            Some(there) => there.push(placement),
            None => listeners.push(vec![placement]),
        }
    }
    listeners
}

/// Refuses placements of which one could answer what another owns.
///
/// # Errors
/// Names both mounts and the paths.
pub fn ensure_disjoint(placements: &[Placement]) -> Result<()> {
    for there in by_listener(placements) {
        let ground = Ground::new(&there);
        for (i, one) in there.iter().enumerate() {
            for (j, another) in there.iter().enumerate().filter(|&(j, other)| i != j && one.shares_host(other)) {
                if let Some((path, claimed)) = clash(one, another).or_else(|| trespass(&ground, (i, one), j)) {
                    bail!(
                        "two mounts could answer the same request: {one} has {path}, {another} has {claimed}; \
                         give one of them another listener, host or prefix"
                    );
                }
            }
        }
    }
    Ok(())
}

/// Routes of both that one path fits.
fn clash(one: &Placement, another: &Placement) -> Option<(String, String)> {
    let paths = |placement: &Placement| -> Vec<String> {
        placement.dialect.endpoints.iter().map(|endpoint| placement.path(endpoint.path)).collect()
    };
    let others = paths(another);
    paths(one).into_iter().find_map(|path| {
        let twin = others.iter().find(|other| meet(&pattern(&path), &pattern(other), false))?;
        Some((path, twin.clone()))
    })
}

/// A route of one on ground where the other's claim counts more, so that it would never be asked.
fn trespass(ground: &Ground, (index, one): (usize, &Placement), other: usize) -> Option<(String, String)> {
    one.dialect.endpoints.iter().map(|endpoint| one.path(endpoint.path)).find_map(|path| {
        let route = pattern(&path);
        let covers = |claim: &&Claim| {
            let claimed: Vec<_> = claim.path.iter().map(|segment| Segment::Fixed(segment)).collect();
            meet(&claimed, &route, true)
        };
        let of = |owner: usize| ground.claims.iter().filter(move |claim| claim.owner == owner).filter(covers);
        let own = of(index).map(Claim::rank).max();
        let foreign = of(other).max_by_key(|claim| claim.rank())?;
        (Some(foreign.rank()) >= own).then(|| (path.clone(), format!("all below /{}", foreign.path.join("/"))))
    })
}

#[derive(Debug, PartialEq)]
enum Segment<'a> {
    Fixed(&'a str),
    /// `{id}`: any one segment.
    Any,
    /// `{rest:.*}`: any number of segments.
    Rest,
}

/// The segments of a path in actix's pattern syntax; slashes in braces belong to a regular expression.
fn pattern(path: &str) -> Vec<Segment<'_>> {
    let mut depth = 0_usize;
    let outside = |c: char| {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        c == '/' && depth == 0
    };
    let segment = |segment| match segment {
        rest if str::contains(rest, ".*") => Segment::Rest,
        any if any.contains('{') => Segment::Any,
        fixed => Segment::Fixed(fixed),
    };
    path.split(outside).filter(|segment| !segment.is_empty()).map(segment).collect()
}

/// Whether one path can fit both; or, where `below`, whether a path that fits the second can lie below the first.
fn meet(one: &[Segment<'_>], another: &[Segment<'_>], below: bool) -> bool {
    match (one, another) {
        ([Segment::Rest, ..], _) | (_, [Segment::Rest, ..]) | ([], []) => true,
        ([], _) => below,
        (_, []) => false,
        ([Segment::Fixed(one), ..], [Segment::Fixed(another), ..]) if one != another => false,
        ([_, one @ ..], [_, another @ ..]) => meet(one, another, below),
    }
}
