//! Each case is a text with holes: `{}` for the attacker's, `{?}` for unknown text that is nobody's.

use super::super::KindSet;
use super::*;

fn pieces(text: &str, holes: &[CharSet]) -> Vec<Piece<'static>> {
    let mut pieces = Vec::new();
    let mut holes = holes.iter();
    let mut rest: &'static str = Box::leak(text.to_owned().into_boxed_str());
    while let Some(start) = rest.find("{}").into_iter().chain(rest.find("{?}")).min() {
        pieces.push(Piece::Literal(&rest[..start]));
        let tainted = rest[start..].starts_with("{}");
        let chars = if tainted { *holes.next().expect("a set per hole") } else { CharSet::ALL };
        pieces.push(Piece::Hole(Hole { tainted, chars, cleared: KindSet::EMPTY, form: Form::NONE }));
        rest = &rest[start + if tainted { 2 } else { 3 }..];
    }
    pieces.push(Piece::Literal(rest));
    assert!(holes.next().is_none(), "a hole per set");
    pieces
}

fn judged(kind: SinkKind, text: &str, holes: &[CharSet]) -> Vec<&'static str> {
    dangers(kind, &pieces(text, holes)).into_iter().map(|danger| danger.context).collect()
}

#[track_caller]
fn found(kind: SinkKind, text: &str, chars: CharSet, context: &str) {
    assert_eq!(judged(kind, text, &[chars]), [context], "{text}");
}

#[track_caller]
fn clean(kind: SinkKind, text: &str, chars: CharSet) {
    assert!(judged(kind, text, &[chars]).is_empty(), "{text}: {:?}", judged(kind, text, &[chars]));
}

fn without(text: &str) -> CharSet {
    CharSet::ALL.minus(CharSet::of(text))
}

const ALL: CharSet = CharSet::ALL;
const WORDS: CharSet = WORD.with_other();

#[test]
fn nothing_to_say() {
    for &kind in SinkKind::ALL {
        assert!(dangers(kind, &[]).is_empty());
        assert!(dangers(kind, &[Piece::Literal("é '\"`<>{}$[")]).is_empty());
        clean(kind, "{}", CharSet::EMPTY);
        assert!(judged(kind, "a {?} b", &[]).is_empty());
        if kind != SinkKind::Size {
            clean(kind, "{}", CharSet::NUMBER);
            clean(kind, "x {} y", CharSet::DIGITS);
        }
    }
}

#[test]
fn everything_is_dangerous_where_it_can_be() {
    for &kind in SinkKind::ALL {
        assert_eq!(judged(kind, "{}", &[ALL]).len(), 1, "{kind:?}");
        let cleared =
            Hole { tainted: true, chars: ALL, cleared: KindSet::EMPTY.with(kind), form: Form::NONE };
        assert!(dangers(kind, &[Piece::Hole(cleared)]).is_empty(), "{kind:?}");
    }
}

#[test]
fn sql_literals() {
    let inside = "inside an SQL string literal";
    found(SinkKind::Sql, "SELECT 1 WHERE a = '{}'", ALL, inside);
    clean(SinkKind::Sql, "SELECT 1 WHERE a = '{}'", without("'"));
    found(SinkKind::Sql, "SELECT 1 WHERE a = '{}'", without("\""), inside);
    found(SinkKind::Sql, "SELECT 1 WHERE a LIKE '%{}%'", ALL, inside);
    found(SinkKind::Sql, "SELECT 'it''s {}'", ALL, inside);
    clean(SinkKind::Sql, "SELECT 'it''s {}'", without("'"));
    clean(SinkKind::Sql, "SELECT `a` WHERE b = '{}'", without("'"));
    assert_eq!(judged(SinkKind::Sql, "SELECT `a` WHERE b = '{}' AND c = '{}'", &[without("'"); 2]).len(), 1);
    found(SinkKind::Sql, "SELECT E'{}'", without("'"), inside);
    found(
        SinkKind::Sql,
        "SELECT x LIKE 'a' ESCAPE '\\' AND b = {}",
        ALL,
        "outside quotes in an SQL statement",
    );
    found(SinkKind::Sql, "SELECT 'it\\'s {}'", ALL, inside);
    found(SinkKind::Sql, "DO $do$ '{} $do$", without("'"), inside);
    clean(SinkKind::Sql, "DO $do$ '{} $do$", without("$"));
    clean(SinkKind::Sql, "SELECT $1, $2, 'ü{}'", without("'"));
    clean(SinkKind::Sql, "SELECT \"{}\"", without("\""));
    found(SinkKind::Sql, "SELECT `{}`", ALL, "inside a quoted SQL identifier");
    clean(SinkKind::Sql, "SELECT * FROM [{}]", without("]"));
    // A quote that opens in one piece and closes behind an unknown one.
    found(SinkKind::Sql, "SELECT '{?}{}{?}'", ALL, inside);
    clean(SinkKind::Sql, "SELECT '{?}{}{?}'", without("'"));
}

#[test]
fn sql_outside() {
    let outside = "outside quotes in an SQL statement";
    found(SinkKind::Sql, "SELECT * FROM {}", ALL, outside);
    found(SinkKind::Sql, "SELECT * FROM a LIMIT {}", without("'"), outside);
    clean(SinkKind::Sql, "SELECT * FROM data_{}", WORDS);
    clean(SinkKind::Sql, "SELECT a LIMIT {}", CharSet::class("0-9, "));
    found(SinkKind::Sql, "SELECT a LIMIT {}", CharSet::class("a-z "), outside);
    found(SinkKind::Sql, "{}", ALL, "as the SQL statement itself");
    found(SinkKind::Sql, "SELECT 'a' || \"b\" || {}", ALL, outside);
    found(SinkKind::Sql, "SELECT 1 /* ' */ WHERE {}", ALL, outside);
    found(SinkKind::Sql, "SELECT 1 -- it's\n WHERE {}", ALL, outside);
    found(SinkKind::Sql, "SELECT 1 -- {}", ALL, "inside an SQL comment");
    clean(SinkKind::Sql, "SELECT 1 -- {}", without("\r\n"));
    clean(SinkKind::Sql, "SELECT 1 /* {} */", without("/"));
    found(SinkKind::Sql, "SELECT 1 /* {} */", ALL, "inside an SQL comment");
}

#[test]
fn shell() {
    let unquoted = "unquoted in a shell command";
    found(SinkKind::Shell, "touch {}", ALL, unquoted);
    found(SinkKind::Shell, "touch {}", without(" "), unquoted);
    found(SinkKind::Shell, "dig {}", without(";&"), unquoted);
    clean(SinkKind::Shell, "touch {}", WORDS);
    clean(SinkKind::Shell, "logger {}", CharSet::class("0-9 \n"));
    found(SinkKind::Shell, "logger {}", CharSet::class("a-z \n-"), unquoted);
    clean(SinkKind::Shell, "dig {}", without(";&|`$<>()\n\r\\'\"*?[]{}~#! \t"));
    clean(SinkKind::Shell, "git clone git@host:{}", WORDS);
    clean(SinkKind::Shell, "logger {}", CharSet::class("A-Za-z0-9+/="));
    found(SinkKind::Shell, "grep -e '{}' a", ALL, "inside single quotes in a shell command");
    clean(SinkKind::Shell, "grep -e '{}' a", without("'"));
    found(SinkKind::Shell, "grep -e \"{}\" a", without("'\""), "inside double quotes in a shell command");
    clean(SinkKind::Shell, "grep -e \"it's {}\" a", without("\"$`\\"));
    found(SinkKind::Shell, "echo \"$(ls {})\"", without("\""), unquoted);
    found(SinkKind::Shell, "echo \"$(ls \"x\") {}\"", ALL, "inside double quotes in a shell command");
    found(SinkKind::Shell, "echo `ls {}`", ALL, unquoted);
    found(SinkKind::Shell, "echo it\\'s {}", ALL, unquoted);
    found(SinkKind::Shell, "echo a # it's\n echo {}", ALL, unquoted);
    clean(SinkKind::Shell, "echo a # {}", without("\n"));
}

#[test]
fn shell_programs() {
    let program = "as the program of a shell command";
    found(SinkKind::Shell, "{}", WORDS, program);
    found(SinkKind::Shell, "cd /srv && {} -v", WORDS, program);
    found(SinkKind::Shell, "exec {}", WORDS, program);
    found(SinkKind::Shell, "LANG=C sudo {}", WORDS, program);
    clean(SinkKind::Shell, "LANG={} ls", WORDS);
    clean(SinkKind::Shell, "a2enmod {}", WORDS);
    clean(SinkKind::Shell, "./run-{}.sh", WORDS);
    found(SinkKind::Shell, "./run/{}", WORDS | CharSet::of("./"), "in the program of a shell command");
    clean(SinkKind::Shell, "{?} {}", WORDS);
    clean(SinkKind::Shell, "make 2>&1 {}", WORDS);
}

#[test]
fn shell_words_that_were_quoted() {
    let quoted = |text: &str| {
        let mut pieces = pieces(text, &[ALL]);
        for piece in &mut pieces {
            if let Piece::Hole(hole) = piece {
                hole.cleared = hole.cleared.with(SinkKind::Shell);
            }
        }
        dangers(SinkKind::Shell, &pieces).len()
    };
    assert_eq!(quoted("stat -- {}"), 0);
    assert_eq!(quoted("{} -v"), 0);
    assert_eq!(quoted("file -- \"{}\""), 1);
    assert_eq!(quoted("file -- '{}'"), 1);
}

#[test]
fn programs_and_arguments() {
    let program = "as the program that is run";
    found(SinkKind::Command, "{}", WORDS, program);
    clean(SinkKind::Command, "/usr/bin/{}", without("/"));
    found(SinkKind::Command, "/usr/bin/{}", ALL, program);
    clean(SinkKind::Command, "git-{}", WORDS);
    found(SinkKind::Argument, "{}", ALL, "at the start of an argument of a program");
    found(SinkKind::Argument, "{}.txt", CharSet::class("a-z-"), "at the start of an argument of a program");
    clean(SinkKind::Argument, "--name={}", ALL);
    clean(SinkKind::Argument, "./{}", ALL);
    clean(SinkKind::Argument, "{?}{}", ALL);
    clean(SinkKind::Argument, "{}", without("-"));
    clean(SinkKind::Argument, "{}", CharSet::class("0-9a-f-"));
}

#[test]
fn code() {
    let evaluated = "in Python code that is evaluated";
    found(SinkKind::Code, "{}", ALL, evaluated);
    clean(SinkKind::Code, "{}", WORDS);
    clean(SinkKind::Code, "{}", CharSet::class("0-9+*/(). -"));
    found(SinkKind::Code, "x = {}", CharSet::class("a-z()"), evaluated);
    found(SinkKind::Code, "x = '{}'", ALL, "inside a string literal in Python code");
    clean(SinkKind::Code, "x = '{}'", without("'"));
    clean(SinkKind::Code, "x = \"\"\"a \" {}\"\"\"", without("\""));
    found(SinkKind::Code, "x = f'{}'", without("'"), "inside a string literal in Python code");
    found(SinkKind::Code, "x = 'it\\'s' + {}", ALL, evaluated);
    found(SinkKind::Code, "# it's\n{}", ALL, evaluated);
    clean(SinkKind::Code, "# {}", without("\r\n"));
    assert_eq!(judged(SinkKind::Code, "f('{}', '{}')", &[without("'"); 2]).len(), 1);
}

#[test]
fn templates_and_formats() {
    found(SinkKind::Template, "<p>{}</p>", ALL, "in the source of a template");
    found(SinkKind::Template, "<p>{}</p>", without("<>&'\""), "in the source of a template");
    clean(SinkKind::Template, "<p>{}</p>", without("{<\n"));
    clean(SinkKind::Template, "<p>{}</p>", WORDS);
    clean(SinkKind::Template, "{{ user.{} }}", WORDS);
    found(SinkKind::Template, "{{ {}() }}", CharSet::class("a-z."), "inside an expression of a template");
    found(SinkKind::Format, "{}", ALL, "in a format string");
    clean(SinkKind::Format, "{}", without("{"));
    found(SinkKind::Format, "{user{}}", CharSet::class("a-z_."), "inside a field of a format string");
    clean(SinkKind::Format, "{{{}}}", CharSet::class("a-z_."));
}

#[test]
fn paths() {
    found(SinkKind::Path, "{}", ALL, "at the start of a path");
    found(SinkKind::Path, "{}", without("."), "at the start of a path");
    found(SinkKind::Path, "/srv/{}", ALL, "in a path behind a fixed beginning");
    found(SinkKind::Path, "/srv/{}.png", ALL, "in a path behind a fixed beginning");
    clean(SinkKind::Path, "/srv/{}", without("/"));
    clean(SinkKind::Path, "/srv/{}", without("."));
    clean(SinkKind::Path, "{}", without("/"));
    found(SinkKind::Archive, "/srv/{}", ALL, "as a name in an archive");
    found(SinkKind::WritePath, "/srv/{}", without("/"), "as the name and ending of a file that is written");
    clean(SinkKind::WritePath, "/srv/{}.png", without("/"));
}

#[test]
fn urls() {
    let host = "in the host of a URL";
    for kind in [SinkKind::Url, SinkKind::Redirect] {
        found(kind, "https://api.example.com{}", ALL, host);
        clean(kind, "https://api.example.com/{}", ALL);
        clean(kind, "https://api.example.com?x={}", ALL);
        clean(kind, "https://api.example.com#{}", ALL);
        found(kind, "https://{}.example.com/", ALL, host);
        clean(kind, "https://{}.example.com/", CharSet::class("a-z0-9.-"));
        found(kind, "https://{}.com/", CharSet::class("a-z0-9-"), host);
        found(kind, "https://{}/start", CharSet::class("a-z0-9-"), host);
        found(kind, "https://api.{}/start", CharSet::class("a-z0-9-"), host);
        found(kind, "https://api.example.com:{}", ALL, host);
        clean(kind, "https://api.example.com:{}", CharSet::DIGITS);
        clean(kind, "https://api.example.com{}", WORDS);
        found(kind, "https://user@{}", ALL, host);
        found(kind, "//{}/x", ALL, host);
        found(kind, "{?}://{}/x", ALL, host);
        found(kind, "https://{}/x", CharSet::class("0-9."), host);
        clean(kind, "{?}/x/{}", ALL);
        clean(kind, "{?}{}", ALL);
        clean(kind, "{}", WORDS);
        clean(kind, "/account/{}", ALL);
        clean(kind, "/account?next={}", ALL);
        clean(kind, "?next={}", ALL);
        clean(kind, "mailto:{}", ALL);
    }
    found(SinkKind::Url, "{}", ALL, "at the start of a URL");
    clean(SinkKind::Url, "{}", without(":/"));
    clean(SinkKind::Url, "/{}", ALL);
    found(SinkKind::Redirect, "{}", without(":"), "at the start of a redirect's address");
    found(SinkKind::Redirect, "{}/groups", ALL, "at the start of a redirect's address");
    found(SinkKind::Redirect, "/{}", without("/"), "behind the first slash of a redirect's address");
    clean(SinkKind::Redirect, "/{}", without("/\\"));
}

#[test]
fn hosts() {
    let context = "in the name of a host";
    found(SinkKind::Host, "{}", ALL, context);
    found(SinkKind::Host, "{}", CharSet::class("0-9."), context);
    found(SinkKind::Host, "db.{}", WORDS, context);
    clean(SinkKind::Host, "db-{}", CharSet::class("a-z"));
    clean(SinkKind::Host, "{}.internal", CharSet::class("a-z.-"));
    found(SinkKind::Host, "{}.internal", ALL, context);
}

#[test]
fn html_text() {
    let text = "in HTML text";
    found(SinkKind::Html, "{}", ALL, text);
    found(SinkKind::Html, "<h1>{}</h1>", ALL, text);
    clean(SinkKind::Html, "<h1>Hello {}</h1>", without("<"));
    found(SinkKind::Html, "a < b <p title='>'>é{}", ALL, text);
    found(SinkKind::Html, "<!-- <a href=\"--> {}", ALL, text);
    found(SinkKind::Html, "<!doctype html><br/>{}", ALL, text);
    found(SinkKind::Html, "<title>{}</title>", ALL, text);
    found(SinkKind::Html, "<script>var a = \"</script>{}", ALL, text);
    found(SinkKind::Html, "<script src=\"x\"></script><p>{}", ALL, text);
    found(SinkKind::Html, "<!-- {} -->", ALL, "in an HTML comment");
    clean(SinkKind::Html, "<!-- {} -->", without(">"));
    found(SinkKind::Html, "<{}>", WORDS, "in the name of an HTML tag");
    clean(SinkKind::Html, "<h{}>", CharSet::class("a-z"));
    found(SinkKind::Html, "<input {}>", ALL, "among the attributes of an HTML tag");
    clean(SinkKind::Html, "<input {}>", WORDS);
}

#[test]
fn html_attributes() {
    let escaped = without("<>\"'");
    let double = "in a double-quoted HTML attribute";
    found(SinkKind::Html, "<input value=\"{}\">", ALL, double);
    clean(SinkKind::Html, "<input value=\"{}\">", escaped);
    found(SinkKind::Html, "<input value=\"{}\">", without("<>'"), double);
    found(SinkKind::Html, "<p class='{}'>", ALL, "in a single-quoted HTML attribute");
    clean(SinkKind::Html, "<p class = '{}'>", escaped);
    found(SinkKind::Html, "<input name=q value={}>", escaped, "in an HTML attribute without quotes");
    clean(SinkKind::Html, "<input name=q value={}>", WORDS);
    found(SinkKind::Html, "<a class=\"{?}\" href=\"{}\">", escaped, "as the address in an HTML attribute");
    clean(SinkKind::Html, "<a href=\"{}\">", without("<>\"':"));
    clean(SinkKind::Html, "<a href=\"/search?q={}\">", escaped);
    clean(SinkKind::Html, "<a href=\"{?}/{}\">", escaped);
    clean(SinkKind::Html, "<a href=\"https://{}\">", escaped);
    clean(SinkKind::Html, "<img src=\"{}\">", escaped);
    found(SinkKind::Html, "<iframe src='{}'>", escaped, "as the address in an HTML attribute");
    found(SinkKind::Html, "<script src='{}'>", without(":'"), "as the address of a script");
    found(SinkKind::Html, "<a onclick=\"f('{}')\">", escaped, "in a script inside an HTML attribute");
    clean(SinkKind::Html, "<a onclick=\"f('{}')\">", WORDS);
    found(SinkKind::Html, "<a href=\"javascript:f({})\">", escaped, "in a script inside an HTML attribute");
    found(SinkKind::Html, "<iframe srcdoc=\"{}\">", escaped, "in a document inside an HTML attribute");
}

#[test]
fn html_scripts() {
    let script = "in a script block of HTML";
    let string = "inside a string in a script block of HTML";
    found(SinkKind::Html, "<script>draw({})</script>", ALL, script);
    clean(SinkKind::Html, "<script>draw({})</script>", WORDS);
    found(SinkKind::Html, "<SCRIPT>var a = '{}';</script>", ALL, string);
    clean(SinkKind::Html, "<script>var a = '{}';</script>", without("<'"));
    found(SinkKind::Html, "<script>var a = '{}';</script>", without("'"), string);
    assert_eq!(judged(SinkKind::Html, "<script>f('{}', '{}')</script>", &[without("<'"); 2]).len(), 1);
    found(SinkKind::Html, "<script>var a = `{}`;</script>", without("<`"), string);
    clean(SinkKind::Html, "<script>var a = `{}`;</script>", without("<`{"));
    found(SinkKind::Html, "<script>var a = `${ {} }`;</script>", ALL, script);
    found(SinkKind::Html, "<script>// it's\n f({})</script>", ALL, script);
    found(SinkKind::Html, "<script>a = /'/; f({})</script>", ALL, script);
    found(SinkKind::Html, "<script>a = 4 / 2; b = '{}' / 2</script>", ALL, string);
    clean(SinkKind::Html, "<script type=\"application/json\">{}</script>", without("<"));
    found(SinkKind::Html, "<script type=\"application/json\">{}</script>", ALL, script);
    found(SinkKind::Html, "<style>p { color: {} }</style>", ALL, "in a style block of HTML");
}

#[test]
fn lines() {
    for (kind, context) in [
        (SinkKind::Header, "in a header"),
        (SinkKind::Log, "in a log message"),
        (SinkKind::Cookie, "in a cookie"),
    ] {
        found(kind, "x {}", ALL, context);
        clean(kind, "x {}", without("\r\n;"));
        found(kind, "x {}", without("\r"), context);
    }
    found(SinkKind::Cookie, "x {}", without("\r\n"), "in a cookie");
    let mail = "in a header of a mail";
    found(SinkKind::Mail, "From: a\r\nSubject: {}\r\n\r\nHello", ALL, mail);
    clean(SinkKind::Mail, "From: a\r\nSubject: x\r\n\r\n{}", ALL);
    clean(SinkKind::Mail, "Subject: {}\n\nHello", without("\r\n"));
    found(SinkKind::Mail, "{}", ALL, mail);
}

#[test]
fn queries() {
    found(SinkKind::Xpath, "//a[@b='{}']", ALL, "inside a string in an XPath expression");
    clean(SinkKind::Xpath, "//a[@b='{}']", without("'"));
    clean(SinkKind::Xpath, "//a[@b=\"it's {}\"]", without("\""));
    found(SinkKind::Xpath, "//a[@b={}]", CharSet::class("a-z0-9 "), "outside quotes in an XPath expression");
    clean(SinkKind::Xpath, "//{}", WORDS);
    found(SinkKind::Ldap, "(mail={})", ALL, "in an LDAP filter");
    clean(SinkKind::Ldap, "(mail={})", without("*()\\\0"));
    found(SinkKind::Ldap, "cn={},dc=org", without("*()\\"), "in a distinguished name of LDAP");
    clean(SinkKind::Ldap, "cn={},dc=org", WORDS);
    found(SinkKind::NoSql, "this.a === '{}'", ALL, "inside a string in a query");
    clean(SinkKind::NoSql, "this.a === '{}'", without("'"));
    found(SinkKind::NoSql, "{\"a\": {}}", ALL, "in a query to a document database");
}

#[test]
fn plain_sinks() {
    found(SinkKind::Xml, "{}", ALL, "in an XML document");
    clean(SinkKind::Xml, "<a>{}</a>", ALL);
    found(SinkKind::Xml, "<?xml version='1.0'?>{}", ALL, "in an XML document");
    clean(SinkKind::Xml, "{}", without("<"));
    found(SinkKind::Regex, "^{}.*e$", ALL, "in a regular expression");
    clean(SinkKind::Regex, "^{}.*e$", WORDS);
    found(SinkKind::Reflection, "{}", WORDS, "as a name that is looked up");
    found(SinkKind::Reflection, "__{}__", WORDS, "as a name that is looked up");
    clean(SinkKind::Reflection, "action_{}", ALL);
    found(SinkKind::SessionKey, "{}", WORDS, "as a key of the session");
    clean(SinkKind::SessionValue, "{}", CharSet::class("0-9a-f-"));
    found(SinkKind::Deserialize, "{}", ALL, "in data that is deserialized");
    found(SinkKind::Size, "{}", CharSet::DIGITS, "as a size");
}

#[test]
fn what_is_left_is_named() {
    let danger = &dangers(SinkKind::Sql, &pieces("WHERE a = '{}'", &[ALL]))[0];
    assert_eq!((danger.piece, danger.left), (1, CharSet::of("'")));
}

#[test]
fn the_cost_is_linear() {
    let text = "<a href=\"{}\">'x' `$($ -- /* $a".repeat(4000);
    let holes = vec![ALL; 4000];
    let pieces = pieces(&text, &holes);
    for &kind in SinkKind::ALL {
        dangers(kind, &pieces);
    }
    let dollars = "$".repeat(100_000);
    for &kind in SinkKind::ALL {
        dangers(kind, &[Piece::Literal(&dollars)]);
    }
}
