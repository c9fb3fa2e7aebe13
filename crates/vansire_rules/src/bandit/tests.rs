//! That every test has a rule, and what the oddities of `# nosec` come to.

use vansire_python::SourceFile;

use super::strings::{is_password_name, is_sql};
use super::{Nosec, Options, Sections, Setting, TESTS, check, read_comment};

#[test]
fn every_test_belongs_to_a_rule() {
    for test in TESTS {
        assert!(crate::rule(test.rule).is_some(), "{} has no rule `{}`", test.id, test.rule);
    }
}

fn found(text: &str) -> Vec<(&'static str, u32)> {
    found_with(text, &Options::default())
}

fn found_with(text: &str, options: &Options) -> Vec<(&'static str, u32)> {
    let source = SourceFile::new("a.py", text);
    let module = vansire_python::lower(&source).module;
    let mut hits: Vec<_> = check(&source, &module, options)
        .into_iter()
        .map(|hit| (hit.test.id, hit.finding.location.start.line))
        .collect();
    hits.sort_unstable_by_key(|&(id, line)| (line, id));
    hits
}

#[test]
fn imports_are_told_apart_by_statement() {
    assert_eq!(found("import pickle, dill\n"), [("B403", 1)]);
    assert_eq!(found("import pickle; import dill\n"), [("B403", 1), ("B403", 1)]);
    assert_eq!(found("from xml.dom import (\n    minidom,\n    pulldom,\n)\n"), [("B408", 1)]);
    assert_eq!(found("import pickletools\n"), [("B403", 1)]);
    assert_eq!(found("__import__('telnetlib')\n"), [("B401", 1)]);
    assert_eq!(found("import importlib\nimportlib.import_module(name='pickle')\n"), [("B403", 2)]);
}

#[test]
fn names_follow_imports_in_the_order_of_the_text() {
    assert_eq!(found("from os import system as run\nrun('ls')\n"), [("B605", 2), ("B607", 2)]);
    assert_eq!(found("system('ls')\nfrom os import system\n"), []);
    assert_eq!(
        found("@system('/ls')\ndef f():\n    from os import system\n"),
        [("B605", 1)],
        "a decorator comes after the body"
    );
}

#[test]
fn sql() {
    assert!(is_sql("SELECT a FROM b WHERE c = "));
    assert!(is_sql("update t\nset x = 1"));
    assert!(is_sql("insert into t (a) values(1)"));
    assert!(is_sql("delete   from t"));
    assert!(!is_sql("select a from"));
    assert!(!is_sql("selected from the"));
    assert!(!is_sql("delete the values from t"));
    assert_eq!(found("q = 'select * from' + 't where a = ' + x\n"), []);
    assert_eq!(found("q = 'select * from t where a = ' + x\n"), [("B608", 1)]);
    assert_eq!(found("c.execute(f'select * from t where a = {x}')\n"), [("B608", 1)]);
    assert_eq!(found("q = ('select {} '\n     'from t where {}').format(x, y)\n"), [("B608", 1)]);
}

#[test]
fn password_names() {
    for name in
        ["password", "db_password", "PASSWD", "api_token", "pass", "secret_key", "x_pwd_y", "passphrase"]
    {
        assert!(is_password_name(name), "{name}");
    }
    for name in ["passwords", "tokens", "bypass", "compass_rose", "pa", "secretary"] {
        assert!(!is_password_name(name), "{name}");
    }
}

#[test]
fn passwords() {
    assert_eq!(found("password = 'a'\n"), [("B105", 1)]);
    assert_eq!(found("self.db_password = other = 'a'\n"), [("B105", 1)]);
    assert_eq!(found("d['password'] = 'a'\n"), [("B105", 1)]);
    assert_eq!(found("d = {'password': 'a', 'token': x, 'pwd': 1}\n"), [("B105", 1), ("B105", 1)]);
    assert_eq!(found("if password == 'a': pass\n"), [("B105", 1)]);
    assert_eq!(found("f(password='a')\n"), [("B106", 1)]);
    assert_eq!(found("def f(a, password='a'): pass\n"), [("B107", 1)]);
    assert_eq!(found("async def f(password='a'): pass\n"), []);
    assert_eq!(found("def f(*, password='a'): pass\n"), []);
    assert_eq!(found("password: str = 'a'\n"), []);
}

#[test]
fn safe_texts() {
    let head = "from django.utils.safestring import mark_safe\n";
    let ids =
        |text: &str| -> Vec<&str> { found(&format!("{head}{text}")).into_iter().map(|(id, _)| id).collect() };
    assert_eq!(ids("mark_safe('<b>')\n"), ["B308"]);
    assert_eq!(ids("a = '<b>'\nmark_safe(a)\n"), ["B308"]);
    assert_eq!(ids("a = f()\nmark_safe(a)\n"), ["B308", "B703"]);
    assert_eq!(ids("def f(a):\n    return mark_safe(a)\n"), ["B308", "B703"]);
    assert_eq!(ids("mark_safe('%s' % 'a')\nmark_safe('{}'.format('b'))\n"), ["B308", "B308"]);
    assert_eq!(ids("if x:\n    a = 'a'\nelse:\n    a = y\nmark_safe(a)\n"), ["B308", "B703"]);
}

#[test]
fn comments() {
    let tests = |comment: &str| read_comment(comment).map(|comment| comment.tests);
    assert_eq!(tests("# nosec"), Some(vec![]));
    assert_eq!(tests("#nosec: B101, B102"), Some(vec!["B101", "B102"]));
    assert_eq!(tests("# nosec B101,B102"), Some(vec!["B102"]), "of a list without spaces the last counts");
    assert_eq!(tests("# nosec assert_used"), Some(vec!["B101"]));
    assert_eq!(tests("# nosec because it is safe"), Some(vec![]));
    assert_eq!(tests("# type: ignore # nosec B101 # more"), Some(vec!["B101"]));
    assert_eq!(tests("# nothing"), None);
    let nosec = Nosec::new([(3, "# nosec B101"), (5, "# nosec")]);
    assert!(nosec.accepts("B101", 3, (3, 3)));
    assert!(!nosec.accepts("B102", 3, (3, 3)));
    assert!(nosec.accepts("B102", 4, (4, 6)));
    assert!(!nosec.accepts("B102", 4, (2, 6)), "the first comment on the lines counts");
    assert!(!nosec.accepts("B101", 1, (1, 2)));
}

fn told(section: &str, keys: &[(&str, Setting)]) -> Options {
    let keys = keys.iter().map(|(key, setting)| ((*key).to_owned(), setting.clone())).collect();
    Options::of(&Sections::from([(section.to_owned(), keys)]))
}

fn list(items: &[&str]) -> Setting {
    Setting::List(items.iter().map(|&item| item.to_owned()).collect())
}

#[test]
fn settings_of_names_and_texts() {
    let options = told("hardcoded_tmp_directory", &[("tmp_dirs", list(&["/scratch"]))]);
    assert_eq!(found_with("a = '/scratch/x'\nb = '/tmp/x'\n", &options), [("B108", 1)]);
    let options = told("ssl_with_bad_version", &[("bad_protocol_versions", list(&["PROTOCOL_TLSv1_2"]))]);
    let text = "f(method=ssl.PROTOCOL_TLSv1_2)\nf(method=ssl.PROTOCOL_SSLv3)\n\
                def g(v=ssl.PROTOCOL_TLSv1_2): pass\ndef h(v=ssl.PROTOCOL_SSLv3): pass\n";
    assert_eq!(found_with(text, &options), [("B502", 1), ("B503", 3)]);
    let settings =
        [("extend_markup_names", list(&["ours.Safe"])), ("allowed_calls", list(&["bleach.clean"]))];
    let options = told("markupsafe_xss", &settings);
    let text = "from ours import Safe\nfrom bleach import clean\nSafe(x)\nSafe(clean(x))\nSafe(other(x))\n";
    assert_eq!(found_with(text, &options), [("B704", 3), ("B704", 5)]);
    assert_eq!(found(text), []);
}

#[test]
fn settings_of_processes() {
    let lists = [("subprocess", list(&["ours.run"])), ("shell", list(&["ours.system"]))];
    let options = told("shell_injection", &[lists[0].clone(), lists[1].clone(), ("no_shell", list(&[]))]);
    let text =
        "import ours, os\nours.run('/a', shell=True)\nours.run(['/a'])\nours.system('/a')\nos.system('/a')\n";
    assert_eq!(found_with(text, &options), [("B602", 2), ("B603", 3), ("B605", 4)]);
    // A list that is missing keeps those silent that ask for it.
    let options = told("shell_injection", &[lists[1].clone()]);
    let text = "import ours\nours.system('a')\nf(shell=True)\n";
    assert_eq!(found_with(text, &options), [("B605", 2)]);
}

#[test]
fn settings_of_handlers_and_keys() {
    let text =
        "try: pass\nexcept KeyError: pass\nfor x in y:\n    try: pass\n    except KeyError: continue\n";
    let typed = [("check_typed_exception", Setting::Switch(true))];
    assert_eq!(found_with(text, &told("try_except_pass", &typed)), [("B110", 2)]);
    assert_eq!(found_with(text, &told("try_except_continue", &typed)), [("B112", 5)]);
    assert_eq!(found_with("try: pass\nexcept: pass\n", &told("try_except_pass", &[])), []);
    let sizes = |rsa: i64| {
        let number = |kind: &'static str, size| (kind, Setting::Number(size));
        told(
            "weak_cryptographic_key",
            &[
                number("weak_key_size_dsa_high", 1024),
                number("weak_key_size_dsa_medium", 2048),
                number("weak_key_size_rsa_high", 1024),
                number("weak_key_size_rsa_medium", rsa),
                number("weak_key_size_ec_high", 160),
                number("weak_key_size_ec_medium", 224),
            ],
        )
    };
    let text =
        "from Crypto.PublicKey import RSA, DSA\nRSA.generate(3072)\nDSA.generate(3072)\nRSA.generate()\n";
    let rest = |options: &Options| {
        found_with(text, options).into_iter().filter(|(id, _)| *id == "B505").collect::<Vec<_>>()
    };
    assert_eq!(rest(&sizes(4096)), [("B505", 2), ("B505", 4)]);
    assert_eq!(rest(&sizes(2048)), []);
}
