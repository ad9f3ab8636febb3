use dragoman_http::{Hazard, Profile};

use super::{Placement, resolve};
use crate::settings::{Sources, load};

fn placements(toml: &str) -> anyhow::Result<Vec<Placement>> {
    resolve(&load(&Sources::default().with(toml.parse().unwrap()))?)
}

fn complaint(toml: &str) -> String {
    format!("{:#}", placements(toml).unwrap_err())
}

#[test]
fn without_a_mount_vitja_has_the_port_of_its_document() {
    let placed: Vec<_> = placements("").unwrap().iter().map(ToString::to_string).collect();
    assert_eq!(
        placed,
        [
            "onyx at 127.0.0.1:8080",
            "basic at 127.0.0.1:8080",
            "amadis at 127.0.0.1:8080",
            "jwt at 127.0.0.1:8080",
            "vitja at 127.0.0.1:8082"
        ]
    );
}

#[test]
fn a_mount_says_all_it_can() {
    let toml = "[[mount]]\ndialect = 'onyx'\nlisten = '127.0.0.1:1'\nhost = 'Users.Example.COM'\nprefix = '/legacy/onyx'\n\
                profile = 'observed'\nhazards = ['expose-password-hash']";
    let placed = &placements(toml).unwrap()[0];
    assert_eq!(placed.to_string(), "onyx at 127.0.0.1:1, host users.example.com, prefix /legacy/onyx");
    assert_eq!(placed.path("/api/users"), "/legacy/onyx/api/users");
    assert_eq!(placed.profile, Profile::Observed);
    assert_eq!(placed.hazards, [Hazard::ExposePasswordHash]);
}

#[test]
fn what_cannot_be_is_refused_with_what_can() {
    let mount = |line: &str| format!("[[mount]]\ndialect = 'onyx'\n{line}");
    assert!(
        complaint("[[mount]]\ndialect = 'onix'")
            .contains("mount 1: no dialect is called `onix`: known are onyx, basic")
    );
    assert!(complaint(&mount("hazards = ['open-administration']")).contains("known are expose-password-hash"));
    assert!(complaint(&mount("host = 'http://x'")).contains("no host name"));
    assert!(complaint(&mount("host = 'x:80'")).contains("no host name"));
    for prefix in ["x", "/x/", "/", "/a//b", "/{id}", "/a b"] {
        assert!(complaint(&mount(&format!("prefix = '{prefix}'"))).contains("no prefix"), "{prefix}");
    }
}

#[test]
fn health_and_metrics_are_never_on_a_dialects_listener() {
    assert!(complaint("[operations]\nlisten = '127.0.0.1:8080'").contains("operations.listen is 127.0.0.1:8080"));
}

#[test]
fn an_address_of_all_interfaces_takes_the_port_from_every_single_one() {
    let mounts = |other: &str| {
        let wide = "[[mount]]\ndialect = 'vitja'\nlisten = '0.0.0.0:8080'\n";
        format!("{wide}[[mount]]\ndialect = 'jwt'\nlisten = '{other}'")
    };
    let complaint = complaint(&mounts("127.0.0.1:8080"));
    assert!(complaint.contains("vitja at 0.0.0.0:8080") && complaint.contains("jwt at 127.0.0.1:8080"), "{complaint}");
    assert!(placements(&mounts("127.0.0.1:8081")).is_ok());
    assert!(placements(&mounts("0.0.0.0:8080")).is_ok());
}

#[test]
fn mounts_of_one_listener_show_one_certificate() {
    let resolved = |more: &str| {
        let mounts = "[[mount]]\ndialect = 'onyx'\n[[mount]]\ndialect = 'jwt'\n";
        placements(&format!("{mounts}{more}[server.tls]\ncertificate = 'c'\nkey = 'k'"))
    };
    assert!(resolved("").unwrap().iter().all(|at| at.origin() == "https://127.0.0.1:8080"));
    assert!(resolved("tls = { certificate = 'c', key = 'k' }\n").is_ok());
    let complaint = resolved("tls = { certificate = 'd', key = 'k' }\n").unwrap_err().to_string();
    assert!(complaint.contains("onyx at 127.0.0.1:8080 and jwt at 127.0.0.1:8080"), "{complaint}");
    assert!(resolved("listen = '127.0.0.1:8081'\ntls = { certificate = 'd', key = 'k' }\n").is_ok());
}

#[test]
fn an_old_server_is_judged_before_it_is_asked() {
    let mount = |dialect: &str, more: &str| format!("[[mount]]\ndialect = '{dialect}'\n[mount.legacy]\n{more}");
    let placed = placements(&mount("vitja", "url = 'http://old.example.com:5000'")).unwrap();
    let legacy = placed[0].legacy.as_ref().unwrap();
    assert!(legacy.create && !legacy.administrators);
    assert!(complaint(&mount("vitja", "create = true")).contains("mount 1: legacy.url: say where the old server is"));
    assert!(complaint(&mount("vitja", "url = 'http://u:p@old'")).contains("is no address"));
    assert!(complaint(&mount("vitja", "url = 'http://old'\nca = 'x.pem'")).contains("legacy.ca is for https"));
    let amadis = mount("amadis", "url = 'http://old'");
    assert!(complaint(&amadis).contains("set amadis.client_secret"));
    assert!(placements(&format!("{amadis}\n[amadis]\nclient_secret = 'x'")).is_ok());
}
