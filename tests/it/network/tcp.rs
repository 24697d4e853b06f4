//! The door on TCP: closed to newcomers and to web pages, and not opened to the world by mistake.

use crate::support::{Home, Http, Server};

use super::{EMAIL, PASSWORD};

const SIGN_UP: &str = r#"{"email":"ada@example.org","password":"a tram full of marmalade"}"#;

#[test]
fn nobody_signs_up_from_outside_unless_the_settings_open_the_door() {
    let closed = Server::start("");
    assert_eq!(closed.post("/v1/auth/signup", &[], SIGN_UP).expect(403).problem(), "forbidden");
    let home = Home::new();
    let sign_up = |url: &str| {
        home.nudge_with(&["signup", EMAIL, "--server", url, "--password-stdin"], format!("{PASSWORD}\n").as_bytes())
    };
    sign_up(&closed.url()).fails(3).hinted().says("no sign-ups");

    let open = Server::start("[accounts]\nsign_up = \"open\"\n");
    let said = sign_up(&open.url()).ok();
    assert!(said.out.contains(EMAIL) && said.out.contains(&open.url()), "{said}");
    assert_eq!(home.add(&["of", "ada"]), 1);
    assert_eq!(home.nudge(&["whoami", "--json"]).json()["email"], EMAIL);
    assert!(open.home.numbers(&[]).is_empty(), "the owner of the daemon sees nothing of it");
    assert_eq!(open.post("/v1/auth/signup", &[], SIGN_UP).expect(409).problem(), "email_taken");
    let admin = open.http().call("GET", "/v1/users", &[], b"");
    assert!([401, 403].contains(&admin.status), "administration is the Unix socket's: {}", admin.status);
}

#[test]
fn an_address_for_all_the_world_needs_tls_or_the_word() {
    let home = Home::new();
    let run = |more: &[&str]| home.nudge(&[&["daemon", "run", "--listen"], more].concat());
    for address in ["0.0.0.0:0", "[::]:0"] {
        run(&[address]).fails(2).hinted().says("--plain-http");
    }
    run(&["127.0.0.1"]).fails(2).hinted();
    assert!(!home.database().exists() && !home.socket().exists(), "nothing was begun");

    let server = Server::start_with(
        Home::new(),
        "[tcp]\nhosts = [\"tasks.example.org\"]\n",
        &["--listen", "0.0.0.0:0", "--plain-http"],
    );
    let address = format!("127.0.0.1:{}", server.port());
    let ask = |headers: &str| {
        let mut http = Http::tcp(&address);
        http.send(format!("GET /healthz HTTP/1.1\r\n{headers}\r\n").as_bytes()).expect("sent");
        http.reply().expect("an answer")
    };
    for host in [address.as_str(), "localhost", "[::1]:80", "tasks.example.org", "TASKS.example.org:443"] {
        ask(&format!("host: {host}\r\n")).expect(200);
    }
    for headers in [
        "",
        "host: evil.example\r\n",
        "host: 0.0.0.0\r\n",
        "host: localhost.evil.example\r\n",
        "host: localhost\r\nhost: evil.example\r\n",
        "host: localhost\r\norigin: http://localhost\r\n",
        "host: localhost\r\norigin: null\r\n",
        "host: localhost\r\nreferer: http://localhost/\r\n",
    ] {
        let reply = ask(headers);
        // hyper itself refuses what has no host, or two.
        assert!(reply.status == 403 || reply.status == 400, "{headers:?}: {} {}", reply.status, reply.text());
        assert!(reply.header("access-control-allow-origin").is_none(), "{headers:?}");
    }
    let mut preflight = Http::tcp(&address);
    let page = [("origin", "http://evil.example"), ("access-control-request-method", "POST")];
    preflight.call("OPTIONS", "/v1/tasks", &page, b"").expect(403);
}
