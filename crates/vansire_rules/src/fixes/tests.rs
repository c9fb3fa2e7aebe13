//! What each fix makes of a piece of code.

use vansire_finding::{Confidence, Finding, Location, Position};
use vansire_python::SourceFile;

use super::Fixer;

/// Fixes the part of the code between `«` and `»`.
fn fixed(rule: &str, code: &str) -> Option<String> {
    let start = code.find('«').unwrap();
    let end = code.find('»').unwrap() - '«'.len_utf8();
    let text = code.replace(['«', '»'], "");
    let source = SourceFile::new("a.py", text.clone());
    let lowered = vansire_python::lower(&source);
    assert!(lowered.errors.is_empty(), "{code}");
    let (start_line, start_column, end_line, end_column, _) =
        source.location(vansire_python::ir::Span { start: start as u32, end: end as u32 });
    let finding = Finding {
        rule: crate::rule(rule).unwrap().metadata,
        code: None,
        severity: vansire_finding::Severity::High,
        confidence: Confidence::High,
        message: String::new(),
        location: Location {
            path: "a.py".to_owned(),
            start: Position { line: start_line, column: start_column },
            end: Position { line: end_line, column: end_column },
            cell: None,
        },
        trace: Vec::new(),
        related: Vec::new(),
        fingerprint: String::new(),
        content_fingerprint: String::new(),
        snippet: String::new(),
        fix: None,
        suppression: None,
    };
    let fix = Fixer::new(&source, &lowered.module).fix(&finding)?;
    let mut edits: Vec<(usize, usize, String)> = fix
        .edits
        .into_iter()
        .map(|edit| {
            let at =
                |position: Position| source.offset(position.line, position.column, None).unwrap() as usize;
            (at(edit.location.start), at(edit.location.end), edit.replacement)
        })
        .collect();
    edits.sort();
    let mut result = text;
    for (start, end, replacement) in edits.into_iter().rev() {
        result.replace_range(start..end, &replacement);
    }
    let lowered = vansire_python::lower(&SourceFile::new("a.py", result.clone()));
    assert!(lowered.errors.is_empty(), "no Python any more:\n{result}");
    Some(result)
}

fn check(rule: &str, code: &str, expected: &str) {
    assert_eq!(fixed(rule, code).as_deref(), Some(expected), "{code}");
}

#[test]
fn arguments() {
    let rule = "tls-verification-disabled";
    check(rule, "«requests.get(u, verify=False)»", "requests.get(u)");
    check(rule, "«requests.get(u, verify=False, timeout=3)»", "requests.get(u, timeout=3)");
    check(rule, "«f(verify=False, timeout=3)»", "f(timeout=3)");
    check(rule, "f(verify=«False»)", "f()");
    check(rule, "f(\n    u,\n    verify=«False»,\n)", "f(\n    u,\n)");
    check(rule, "«ssl._create_unverified_context()»", "ssl.create_default_context()");
    assert_eq!(fixed(rule, "«f(u, verify=flag)»"), None);
    let rule = "request-without-timeout";
    check(rule, "«requests.get(u)»", "requests.get(u, timeout=30)");
    check(rule, "«requests.get()»", "requests.get(timeout=30)");
    check(rule, "«requests.get((u))»", "requests.get((u), timeout=30)");
    check(rule, "«requests.get(u, timeout=None)»", "requests.get(u, timeout=30)");
    check(
        rule,
        "«requests.get(\n    u,  # where\n    params=p,\n)»",
        "requests.get(\n    u,  # where\n    params=p,\n    timeout=30,\n)",
    );
    check(rule, "«requests.get(u,)»", "requests.get(u, timeout=30)");
    check(rule, "g(h(«requests.get(u)»))", "g(h(requests.get(u, timeout=30)))");
    assert_eq!(fixed(rule, "«requests.get(u, **more)»"), None);
}

#[test]
fn callees() {
    check("unsafe-yaml-load", "«yaml.load(f, Loader=yaml.Loader)»", "yaml.safe_load(f)");
    check("unsafe-yaml-load", "«yaml.load(f, yaml.Loader)»", "yaml.safe_load(f)");
    check("unsafe-yaml-load", "«yaml.load(f)»", "yaml.safe_load(f)");
    check("weak-hash", "«hashlib.md5(x)».digest()", "hashlib.sha256(x).digest()");
    check("weak-hash", "«hashlib.new('sha1', x)»", "hashlib.new(\"sha256\", x)");
    assert_eq!(fixed("weak-hash", "«hashlib.md5(password)»"), None, "no fast hash is right for that");
    check(
        "insecure-temporary-file",
        "«tempfile.mktemp(suffix='.x')»",
        "tempfile.NamedTemporaryFile(suffix='.x', delete=False).name",
    );
    check("archive-extraction-without-filter", "«t.extractall(p)»", "t.extractall(p, filter=\"data\")");
    check("flask-debug-enabled", "«app.run(debug=True)»", "app.run(debug=False)");
    check("template-autoescape-disabled", "«Environment()»", "Environment(autoescape=True)");
    check(
        "insecure-cookie",
        "«r.set_cookie('a', b, secure=False)»",
        "r.set_cookie('a', b, secure=True, httponly=True, samesite=\"Lax\")",
    );
    check(
        "command-injection",
        "«subprocess.run('ls -l /x', shell=True)»",
        "subprocess.run([\"ls\", \"-l\", \"/x\"])",
    );
    assert_eq!(fixed("command-injection", "«subprocess.run('ls | wc', shell=True)»"), None);
    check("unsafe-deserialization", "«torch.load(f)»", "torch.load(f, weights_only=True)");
}

#[test]
fn imports() {
    check(
        "weak-randomness",
        "\"\"\"Text.\"\"\"\nimport random\n\nx = «random.choice(y)»\n",
        "\"\"\"Text.\"\"\"\nimport random\nimport secrets\n\nx = secrets.choice(y)\n",
    );
    check(
        "weak-randomness",
        "import secrets\n«random.getrandbits(8)»",
        "import secrets\nsecrets.randbits(8)",
    );
    check(
        "timing-unsafe-comparison",
        "from __future__ import annotations\nfrom a import b\nimport os\n\nif «a != b»:\n    pass\n",
        "from __future__ import annotations\nimport hmac\nfrom a import b\nimport os\n\nif not hmac.compare_digest(a, b):\n    pass\n",
    );
    check("weak-randomness", "x = «random.choice(y)»\n", "import secrets\nx = secrets.choice(y)\n");
    check(
        "xml-external-entity",
        "«import xml.etree.ElementTree as ET»\n",
        "import defusedxml.ElementTree as ET\n",
    );
    assert_eq!(fixed("xml-external-entity", "«import xml.etree.ElementTree»\n"), None);
    assert_eq!(
        fixed("xml-external-entity", "«import xml.etree.ElementTree as ET»\nET.Element('a')\n"),
        None,
        "`defusedxml` has no elements"
    );
    check(
        "xml-external-entity",
        "import xml.etree.ElementTree as ET\n«ET.fromstring(x)»\n",
        "import xml.etree.ElementTree as ET\nimport defusedxml.ElementTree\ndefusedxml.ElementTree.fromstring(x)\n",
    );
    // A decorator belongs to the function.
    check(
        "weak-randomness",
        "@d\ndef f():\n    import random\n    return «random.choice(y)»\n",
        "import secrets\n@d\ndef f():\n    import random\n    return secrets.choice(y)\n",
    );
    assert_eq!(
        fixed("weak-randomness", "import random\ndef f(secrets):\n    return «random.choice(secrets)»\n"),
        None,
        "the name stands for something else"
    );
}

#[test]
fn statements() {
    check(
        "assert-used",
        "def f(x):\n    «assert x > 0, 'no'»\n",
        "def f(x):\n    if not (x > 0):\n        raise AssertionError('no')\n",
    );
    check("assert-used", "«assert x»\r\ny = 1\r\n", "if not x:\r\n    raise AssertionError\r\ny = 1\r\n");
    check("assert-used", "«assert x is not None»\n", "if x is None:\n    raise AssertionError\n");
    check(
        "assert-used",
        "«assert (a or b) in (c, d)»\n",
        "if (a or b) not in (c, d):\n    raise AssertionError\n",
    );
    check("assert-used", "«assert not x»\n", "if x:\n    raise AssertionError\n");
    check("assert-used", "«assert a and b»\n", "if not (a and b):\n    raise AssertionError\n");
    assert_eq!(fixed("assert-used", "y = 1; «assert x»"), None);
}

#[test]
fn sql() {
    let rule = "sql-injection";
    let head = "import sqlite3\n";
    let with = |code: &str| fixed(rule, &format!("{head}{code}")).map(|text| text[head.len()..].to_owned());
    let becomes = |code: &str, expected: &str| assert_eq!(with(code).as_deref(), Some(expected), "{code}");
    becomes(
        "«c.execute(f\"SELECT a FROM t WHERE b = '{x}' AND c = {y.z}\")»",
        "c.execute(\"SELECT a FROM t WHERE b = ? AND c = ?\", (x, y.z))",
    );
    becomes(
        "«c.execute('SELECT a FROM t WHERE b = ' + x)»",
        "c.execute(\"SELECT a FROM t WHERE b = ?\", (x,))",
    );
    becomes(
        "«c.execute(\"INSERT INTO t VALUES ('%s', %s)\" % (x, y))»",
        "c.execute(\"INSERT INTO t VALUES (?, ?)\", (x, y))",
    );
    becomes(
        "«c.execute(\"SELECT a FROM t WHERE b = '{}'\".format(x))»",
        "c.execute(\"SELECT a FROM t WHERE b = ?\", (x,))",
    );
    for code in [
        "«c.execute(f\"SELECT a FROM {t}\")»",
        "«c.execute(f\"SELECT a FROM t ORDER BY {x}\")»",
        "«c.execute(f\"SELECT a FROM t WHERE b = {x:>3}\")»",
        "«c.execute(statement)»",
        "«c.execute(f\"SELECT f({x}) FROM t\")»",
    ] {
        assert_eq!(with(code), None, "{code}");
    }
    let code = "import psycopg\n«c.execute(f\"SELECT a FROM t WHERE b LIKE 'x%' AND c = {x}\")»";
    assert_eq!(
        fixed(rule, code).as_deref(),
        Some("import psycopg\nc.execute(\"SELECT a FROM t WHERE b LIKE 'x%%' AND c = %s\", (x,))")
    );
    assert_eq!(fixed(rule, "«c.execute(f\"SELECT a FROM t WHERE b = {x}\")»"), None, "no driver is known");
}

#[test]
fn arguments_with_comments() {
    let rule = "tls-verification-disabled";
    check(rule, "«f(\n    u,  # where\n    verify=False\n)»", "f(\n    u,  # where\n)");
    check(
        rule,
        "«f(\n    u,  # a, (b)\n    verify=False,\n    t=3,\n)»",
        "f(\n    u,  # a, (b)\n    t=3,\n)",
    );
    check(rule, "«f(\n    verify=False,  # why\n    t=3)»", "f(\n      # why\n    t=3)");
    check(rule, "«f(u, verify=(False), t=3)»", "f(u, t=3)");
    check(rule, "«f(u, verify=False,)»", "f(u,)");
    check(rule, "«f(u,  # where\n  verify=False)»", "f(u,  # where\n  )");
    let rule = "request-without-timeout";
    check(rule, "«f(\n    u  # where, why\n)»", "f(\n    u, timeout=30  # where, why\n)");
    check(rule, "«f(\n    u,  # where, why\n)»", "f(\n    u,  # where, why\n    timeout=30,\n)");
    assert_eq!(fixed(rule, "«f(x for x in y)»"), None, "it would need brackets");
    check(rule, "«f((x for x in y))»", "f((x for x in y), timeout=30)");
}

#[test]
fn names_are_those_of_the_imports() {
    check(
        "unsafe-yaml-load",
        "from yaml import load as read\n«read(f, Loader=l)»\n",
        "import yaml\nfrom yaml import load as read\nyaml.safe_load(f)\n",
    );
    check("weak-hash", "import hashlib as h\n«h.md5(x)»\n", "import hashlib as h\nh.sha256(x)\n");
    check("weak-hash", "etag = «hashlib.md5(x)»", "etag = hashlib.md5(x, usedforsecurity=False)");
    check(
        "weak-randomness",
        "import random\n«random.randint(1, 6)»",
        "import random\nrandom.SystemRandom().randint(1, 6)",
    );
    check(
        "insecure-temporary-file",
        "«tempfile.mktemp((\".x\"), 'p')»",
        "tempfile.NamedTemporaryFile(suffix=(\".x\"), prefix='p', delete=False).name",
    );
    check(
        "request-without-timeout",
        "import aiohttp\n«aiohttp.ClientTimeout(total=None)»",
        "import aiohttp\naiohttp.ClientTimeout(total=30)",
    );
    assert_eq!(
        fixed("command-injection", "«subprocess.run('cd /x', shell=True)»"),
        None,
        "no program does that"
    );
    assert_eq!(
        fixed("archive-extraction-without-filter", "f\"{«t.extractall(p)»}\""),
        None,
        "quotes within quotes"
    );
}

#[test]
fn settings() {
    check("django-debug-enabled", "«DEBUG = True»\n", "DEBUG = False\n");
    check("insecure-cookie", "«app.config['A'] = False»\n", "app.config['A'] = True\n");
    check(
        "tls-verification-disabled",
        "import ssl\n«c.check_hostname = False»\nc.verify_mode = ssl.CERT_NONE\n",
        "import ssl\nc.check_hostname = True\nc.verify_mode = ssl.CERT_REQUIRED\n",
    );
    assert_eq!(
        fixed("tls-verification-disabled", "import ssl\n«c.check_hostname = False»\nc.verify_mode = mode\n"),
        None,
        "both have to go together"
    );
    assert_eq!(fixed("insecure-cookie", "«r.set_cookie('a', b, secure=flag)»"), None);
}

#[test]
fn markup() {
    let rule = "cross-site-scripting";
    check(
        rule,
        "import html\ndef f(x):\n    «return \"<p>\" + x + \"</p>\"»\n",
        "import html\ndef f(x):\n    return \"<p>\" + html.escape(x) + \"</p>\"\n",
    );
    check(
        rule,
        "import html\n«Markup(f\"<a title='{x}'>{html.escape(y)}\")»",
        "import html\nMarkup(f\"<a title='{html.escape(str(x))}'>{html.escape(y)}\")",
    );
    for code in [
        "f\"<script>{x}</script>\"",
        "f\"<a href='{x}'>\"",
        "f\"<a title={x}>\"",
        "f\"<a onclick='{x}'>\"",
        "x",
    ] {
        assert_eq!(fixed(rule, &format!("import html\n«Markup({code})»")), None, "{code}");
    }
}

#[test]
fn pickles() {
    let rule = "unsafe-deserialization";
    check(
        rule,
        "import json\nimport pickle\na = pickle.dumps({\"a\": [1, str(x)]})\nb = «pickle.loads(c)»\n",
        "import json\nimport pickle\na = json.dumps({\"a\": [1, str(x)]}).encode()\nb = json.loads(c)\n",
    );
    for written in
        ["pickle.dumps(x)", "pickle.dumps({1: 2})", "pickle.dumps((1, 2))", "pickle.dump([], f)", "1"]
    {
        assert_eq!(
            fixed(rule, &format!("import json\nimport pickle\na = {written}\nb = «pickle.loads(c)»\n")),
            None
        );
    }
}

#[test]
fn sql_in_other_forms() {
    let rule = "sql-injection";
    let with = |head: &str, code: &str| {
        fixed(rule, &format!("{head}\n{code}")).map(|text| text[head.len() + 1..].to_owned())
    };
    let becomes = |head: &str, code: &str, expected: &str| {
        assert_eq!(with(head, code).as_deref(), Some(expected), "{code}");
    };
    becomes(
        "import sqlite3",
        "q = f\"SELECT a FROM t WHERE b = '{x}'\"\n«c.execute(q)»",
        "q = \"SELECT a FROM t WHERE b = ?\"\nc.execute(q, (x,))",
    );
    becomes(
        "import sqlite3",
        "«c.execute(\"SELECT a FROM t WHERE b = '{n}' AND c = {0} AND d = {n}\".format(y, n=x))»",
        "c.execute(\"SELECT a FROM t WHERE b = ? AND c = ? AND d = ?\", (x, y, x))",
    );
    becomes(
        "import sqlite3",
        "«c.execute(\"SELECT a FROM t WHERE b = '%(n)s'\" % {\"n\": x})»",
        "c.execute(\"SELECT a FROM t WHERE b = ?\", (x,))",
    );
    becomes(
        "import psycopg2",
        "«c.execute(f\"SELECT a FROM t WHERE b LIKE '%{x}%' AND c = %s\", (y,))»",
        "c.execute(\"SELECT a FROM t WHERE b LIKE %s AND c = %s\", (f\"%{x}%\", y))",
    );
    becomes(
        "import oracledb",
        "«c.execute(f\"SELECT a FROM t WHERE b = '{x.name}' AND c = {y()}\")»",
        "c.execute(\"SELECT a FROM t WHERE b = :name AND c = :value\", {\"name\": x.name, \"value\": y()})",
    );
    becomes(
        "import asyncpg",
        "await «c.fetch(f\"SELECT a FROM t WHERE b = '{x}' AND c = {y}\")»",
        "await c.fetch(\"SELECT a FROM t WHERE b = $1 AND c = $2\", x, y)",
    );
    becomes(
        "from sqlalchemy import text",
        "c.execute(«text(\"SELECT a FROM t WHERE b = '\" + x + \"'\")»)",
        "c.execute(text(\"SELECT a FROM t WHERE b = :x\"), {\"x\": x})",
    );
    for code in [
        "q = f\"SELECT a FROM t WHERE b = '{x}'\"\nprint(q)\n«c.execute(q)»",
        "q = f\"SELECT a FROM t WHERE b = '{x}'\"\ny()\n«c.execute(q)»",
        "«c.executemany(f\"INSERT INTO t VALUES ('{x}', ?)\", rows)»",
        "«c.execute(f\"SELECT a FROM t WHERE b = '{x}''s'\")»",
        "«c.execute(\"SELECT a FROM t WHERE b = '{}'\".format(x, y()))»",
        "«c.execute(\"SELECT a \"  # why\n  \"FROM t WHERE b = \" + x)»",
    ] {
        assert_eq!(with("import sqlite3", code), None, "{code}");
    }
}
