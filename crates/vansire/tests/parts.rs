//! Large trees are analysed in parts: the same is found at any number of threads, with and without what earlier runs
//! kept, whatever is edited in between.
#![allow(clippy::unwrap_used)] // a test may fail as loudly as it likes

use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// Comments that make a root large enough for a part of its own.
fn padding() -> String {
    "# ".to_owned() + &"nothing to see here ".repeat(60_000) + "\n"
}

fn write(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

/// Rule, file and line of every finding, and the problems.
fn check(folder: &Path, arguments: &[&str]) -> Vec<String> {
    let output = Command::new(env!("CARGO_BIN_EXE_vansire"))
        .current_dir(folder)
        .args(["check", "--isolated", "--format", "json", "."])
        .args(arguments)
        .output()
        .unwrap();
    let report: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)));
    let findings = report["findings"].as_array().unwrap().iter();
    let mut shown: Vec<String> = findings
        .map(|one| format!("{} {} {} {}", one["rule"], one["path"], one["start"]["line"], one["confidence"]))
        .collect();
    let problems = report["errors"].as_array().unwrap().iter();
    shown.extend(problems.map(|one| format!("{} {} {}", one["path"], one["line"], one["message"])));
    shown
}

/// Three distributions: a library that runs commands, a service that uses it, and a tool of its own.
fn tree(folder: &Path) {
    for root in ["library/lib", "service/serve", "tool/tools"] {
        write(folder, &format!("{root}/__init__.py"), "");
        write(folder, &format!("{root}/large.py"), &padding());
    }
    write(folder, "library/lib/commands.py", "import os\n\n\ndef run(command):\n    os.system(command)\n");
    let service = "from flask import Flask, request\nfrom lib.commands import run\n\napp = Flask(__name__)\n\n\n\
                   @app.route('/')\ndef index():\n    run(request.args['command'])\n    return ''\n";
    write(folder, "service/serve/app.py", service);
    write(
        folder,
        "tool/tools/hashes.py",
        "import hashlib\n\n\ndef of(password):\n    return hashlib.md5(password)\n",
    );
}

#[test]
fn flows_go_through_what_a_part_imports() {
    let folder = tempfile::tempdir().unwrap();
    tree(folder.path());
    let found = check(folder.path(), &["--no-cache", "--threads", "1"]);
    let has = |rule: &str, path: &str| found.iter().any(|one| one.contains(rule) && one.contains(path));
    assert!(has("command-injection", "library/lib/commands.py"), "{found:?}");
    assert!(has("weak-", "tool/tools/hashes.py"), "{found:?}");
    assert_eq!(found.len(), 2, "{found:?}");
    assert_eq!(check(folder.path(), &["--no-cache", "--threads", "2"]), found);
    write(
        folder.path(),
        "library/lib/commands.py",
        "import os\n\n\ndef run(command):\n    os.getenv(command)\n",
    );
    assert_eq!(check(folder.path(), &["--no-cache"]).len(), 1);
}

/// The next number of a fixed sequence (Marsaglia, "Xorshift RNGs", 2003).
fn next(state: &mut u64) -> u64 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    *state
}

#[test]
fn after_any_edits_a_warm_run_finds_what_a_cold_one_does() {
    let folder = tempfile::tempdir().unwrap();
    tree(folder.path());
    let cache = tempfile::tempdir().unwrap();
    let cache = cache.path().to_str().unwrap();
    check(folder.path(), &["--cache-dir", cache]);
    let kept = std::fs::read_dir(cache).unwrap().flatten();
    let kept = kept.filter(|file| file.path().extension().is_some_and(|extension| extension == "found"));
    assert_eq!(kept.count(), 5, "three parts, what files import, and the whole");
    let names = [
        "library/lib/commands.py",
        "library/lib/more.py",
        "service/serve/app.py",
        "service/serve/views.py",
        "tool/tools/hashes.py",
        "tool/tools/use.py",
    ];
    let statements = [
        "import os\ndef run(command):\n    os.system(command)\n",
        "import shlex, os\ndef run(command):\n    os.system(shlex.quote(command))\n",
        "def run(command):\n    eval(command)\n",
        "from flask import request\nfrom lib.commands import run\ndef view():\n    run(request.args['a'])\n",
        "from flask import request\nimport lib.more\ndef view():\n    lib.more.run(request.args['a'])\n",
        "from lib import commands, more\nmore.run = commands.run\n",
        "import hashlib\ndef of(password):\n    return hashlib.md5(password)\n",
        "from tools.hashes import of\nfrom serve.app import app\n",
        "def broken(:\n",
        "",
    ];
    let mut state = 0x2545_f491_4f6c_dd1d;
    for round in 0..12 {
        for _ in 0..=next(&mut state) % 2 {
            let name = names[(next(&mut state) % names.len() as u64) as usize];
            let one = statements[(next(&mut state) % statements.len() as u64) as usize];
            let two = statements[(next(&mut state) % statements.len() as u64) as usize];
            if next(&mut state).is_multiple_of(6) {
                let _ = std::fs::remove_file(folder.path().join(name));
            } else {
                write(folder.path(), name, &format!("{one}{two}"));
            }
        }
        let cold = check(folder.path(), &["--no-cache"]);
        assert_eq!(check(folder.path(), &["--cache-dir", cache]), cold, "round {round}");
        // What was kept a moment ago gives the same again.
        assert_eq!(check(folder.path(), &["--cache-dir", cache]), cold, "round {round}, unchanged");
    }
}
