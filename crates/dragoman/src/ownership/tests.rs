use std::net::SocketAddr;

use actix_web::test::TestRequest;
use dragoman_http::Profile;

use super::{Ground, Segment, by_listener, ensure_disjoint, host, meet, pattern};
use crate::dialects::{self, Dialect};
use crate::mounts::Placement;

fn at(dialect: &str, port: u16, host: Option<&str>, prefix: &str) -> Placement {
    Placement {
        dialect: Dialect::by_name(dialect).unwrap(),
        listen: SocketAddr::from(([127, 0, 0, 1], port)),
        host: host.map(str::to_owned),
        prefix: prefix.to_owned(),
        profile: Profile::Documented,
        hazards: Vec::new(),
        tls: None,
        legacy: None,
    }
}

fn shared() -> Vec<Placement> {
    ["onyx", "basic", "amadis", "jwt"].map(|dialect| at(dialect, 1, None, "")).into()
}

fn owner(placements: &[Placement], host: Option<&str>, path: &str) -> Option<&'static str> {
    let there: Vec<_> = placements.iter().collect();
    Ground::new(&there).owner(host, path).map(|owner| placements[owner].dialect.name)
}

#[test]
fn every_route_lies_on_its_dialects_ground() {
    for dialect in dialects::ALL {
        for endpoint in dialect.endpoints {
            assert_eq!(
                owner(&[at(dialect.name, 1, None, "/p")], None, &format!("/p{}", endpoint.path)),
                Some(dialect.name)
            );
            let inside = |path: &&str| endpoint.path.starts_with(*path);
            assert!(dialect.territory.iter().any(inside), "{} {}", dialect.name, endpoint.path);
        }
    }
}

#[test]
fn the_longest_territory_counts() {
    let shared = shared();
    let cases = [
        ("/api/users", Some("onyx")),
        ("/api", Some("onyx")),
        ("/api/nothing", Some("onyx")),
        ("/api/v1/users", Some("basic")),
        ("/api/v1users", Some("onyx")),
        ("/api/user/v1/register", Some("amadis")),
        ("/api/user/delete/7", Some("onyx")),
        ("/oauth/token", Some("amadis")),
        ("/v1/users", Some("jwt")),
        ("//v1///users/", Some("jwt")),
        ("/.well-known/jwks.json", Some("jwt")),
        ("/", None),
        ("/apix", None),
        ("/v2/users", None),
    ];
    for (path, expected) in cases {
        assert_eq!(owner(&shared, None, path), expected, "{path}");
    }
}

#[test]
fn who_is_alone_owns_everything_below_the_prefix() {
    let placed = [at("vitja", 1, None, ""), at("onyx", 1, None, "/legacy/onyx")];
    ensure_disjoint(&placed).unwrap();
    assert_eq!(owner(&placed, None, "/nothing"), Some("vitja"));
    assert_eq!(owner(&placed, None, "/legacy/onyx/nothing"), Some("onyx"));
    assert_eq!(owner(&placed, None, "/legacy/onyx"), Some("onyx"));
    assert_eq!(owner(&placed, None, "/legacy/onyxes"), Some("vitja"));
}

#[test]
fn hosts_separate() {
    let placed = [at("basic", 1, Some("a.example"), ""), at("vitja", 1, Some("b.example"), "")];
    ensure_disjoint(&placed).unwrap();
    assert_eq!(owner(&placed, Some("A.example"), "/api/v1/users"), Some("basic"));
    assert_eq!(owner(&placed, Some("b.example"), "/api/v1/users"), Some("vitja"));
    assert_eq!(owner(&placed, Some("c.example"), "/api/v1/users"), None);
    assert_eq!(owner(&placed, None, "/api/v1/users"), None);
}

#[test]
fn the_host_of_a_request_has_no_port() {
    let of = |value: &str| host(TestRequest::default().insert_header(("Host", value)).to_http_request().head());
    assert_eq!(of("a.example:8080").as_deref(), Some("a.example"));
    assert_eq!(of("[::1]:8080").as_deref(), Some("[::1]"));
    assert_eq!(of("not a host"), None);
    assert_eq!(of("somebody@a.example"), None);
    assert_eq!(of("a.example@a.example:8080"), None);
}

#[test]
fn mounts_that_could_answer_the_same_request_are_named_with_their_paths() {
    let error = ensure_disjoint(&[at("basic", 1, None, ""), at("vitja", 1, None, "")]).unwrap_err().to_string();
    assert!(
        error.contains("basic at 127.0.0.1:1 has /api/v1/users, vitja at 127.0.0.1:1 has /api/v1/users"),
        "{error}"
    );
}

#[test]
fn what_overlaps_is_refused_and_what_is_apart_is_not() {
    let overlapping = [
        [at("basic", 1, Some("a.example"), ""), at("vitja", 1, None, "")],
        [at("basic", 1, Some("a.example"), ""), at("vitja", 1, Some("a.example"), "")],
        [at("onyx", 1, None, ""), at("onyx", 1, None, "")],
        [at("basic", 1, None, ""), at("jwt", 1, None, "/api")],
        // Not one path in common, but the longer claim would take requests away from amadis.
        [at("amadis", 1, None, ""), at("jwt", 1, None, "/api/user")],
    ];
    for placed in overlapping {
        assert!(ensure_disjoint(&placed).is_err(), "{} and {}", placed[0], placed[1]);
    }
    let apart = [
        [at("basic", 1, None, ""), at("vitja", 2, None, "")],
        [at("basic", 0, None, ""), at("vitja", 0, None, "")],
        [at("basic", 1, None, ""), at("vitja", 1, None, "/vitja")],
        [at("onyx", 1, None, ""), at("jwt", 1, None, "/api/user")],
    ];
    for placed in apart {
        ensure_disjoint(&placed).unwrap();
    }
    ensure_disjoint(&shared()).unwrap();
}

#[test]
fn port_zero_is_a_listener_of_its_own() {
    let placed = [at("basic", 0, None, ""), at("vitja", 0, None, ""), at("onyx", 1, None, ""), at("jwt", 1, None, "")];
    let counts: Vec<_> = by_listener(&placed).iter().map(Vec::len).collect();
    assert_eq!(counts, [1, 1, 2]);
}

#[test]
fn patterns_are_compared_segment_by_segment() {
    let meet = |one, another| meet(&pattern(one), &pattern(another), false);
    assert!(meet("/a/{id}", "/a/b"));
    assert!(meet("/{x}/b", "/a/{y}"));
    assert!(meet("/a/{rest:.*}", "/a/b/c"));
    assert!(!meet("/a/{id}", "/a"));
    assert!(!meet("/a/{id}/c", "/a/b/d"));
    assert_eq!(pattern("/a/{id:[^/]*}/b"), [Segment::Fixed("a"), Segment::Any, Segment::Fixed("b")]);
}
