//! `--follow-imports`: installed packages are read with the project.

use serde_json::Value;

use super::{Project, Run, problems};

const VIEW: &str =
    "import shellkit\nfrom flask import request\n\n\ndef view():\n    shellkit.run(request.args['name'])\n";

const RUN: &str = "import os\nimport hashlib\n\n\ndef run(name):\n    os.system('ls ' + name)\n\n\ndef digest(data):\n    return hashlib.md5(data)\n";

const FIXED: &str = "import os\n\n\ndef run(name):\n    os.system('ls ' + str(len(name)))\n";

/// Where an environment of this name keeps its packages.
fn packages(environment: &str, path: &str) -> String {
    format!("{environment}/lib/python3.12/site-packages/{path}")
}

/// A project that imports an installed package, in an environment of this name.
fn project(environment: &str, module: &str) -> Project {
    Project::new(&[
        ("pyproject.toml", ""),
        ("app.py", VIEW),
        (&format!("{environment}/pyvenv.cfg"), "version = 3.12.1\n"),
        (&packages(environment, "shellkit/__init__.py"), "from .runner import run\n"),
        (&packages(environment, "shellkit/runner.py"), module),
    ])
}

fn run(project: &Project, active: Option<&str>, arguments: &[&str]) -> Run {
    let mut command = project.command(&[&["check", "--no-cache"], arguments].concat());
    command.env_remove("VIRTUAL_ENV");
    if let Some(active) = active {
        command.env("VIRTUAL_ENV", project.path(active));
    }
    Run::of(command.output().unwrap())
}

/// What was found, as `path:line rule`.
fn found(project: &Project, active: Option<&str>, arguments: &[&str]) -> Vec<String> {
    let run = run(project, active, &[&["--format", "json"], arguments].concat());
    let report: Value =
        serde_json::from_str(&run.stdout).unwrap_or_else(|_| panic!("no JSON: {}", run.stderr));
    let text = |finding: &Value| {
        format!(
            "{}:{} {}",
            finding["path"].as_str().unwrap(),
            finding["start"]["line"],
            finding["rule"].as_str().unwrap()
        )
    };
    report["findings"].as_array().unwrap().iter().map(text).collect()
}

const FLAW: [&str; 1] = ["app.py:6 command-injection"];

#[test]
fn flows_through_a_package_are_found_where_the_project_calls_it() {
    let project = project(".venv", RUN);
    assert!(found(&project, None, &[]).is_empty());
    assert_eq!(found(&project, None, &["--follow-imports"]), FLAW);
    let run = run(&project, None, &["--follow-imports"]);
    assert_eq!(run.status, Some(1));
    assert!(run.stdout.contains("inside the installed package `shellkit`"), "{}", run.stdout);
    assert!(run.stdout.contains(&packages(".venv", "shellkit/runner.py:6")), "{}", run.stdout);
    assert!(run.stdout.ends_with("in 1 file\n"), "{}", run.stdout);
    project.write(&packages(".venv", "shellkit/runner.py"), FIXED.as_bytes());
    assert!(found(&project, None, &["--follow-imports"]).is_empty());
}

#[test]
fn the_environment_is_that_which_was_named_else_the_active_one_else_the_projects() {
    let project = project("venv", RUN);
    for (environment, module) in [("clean", FIXED), ("other", RUN)] {
        project.write(&format!("{environment}/pyvenv.cfg"), b"");
        project.write(&format!("{environment}/bin/python"), b"");
        project.write(&packages(environment, "shellkit/__init__.py"), module.as_bytes());
    }
    let follow = ["--follow-imports"];
    assert_eq!(found(&project, None, &follow), FLAW);
    assert!(found(&project, Some("clean"), &follow).is_empty());
    assert_eq!(found(&project, Some("clean"), &["--follow-imports", "--python", "other"]), FLAW);
    assert!(found(&project, Some("other"), &["--follow-imports", "--python", "clean/bin/python"]).is_empty());
    project.write("vansire.toml", b"follow-imports = true\npython = 'clean'\n");
    assert!(found(&project, Some("other"), &[]).is_empty());
    assert_eq!(found(&project, None, &["--python", "other"]), FLAW);
}

#[test]
fn a_missing_environment() {
    let project = Project::new(&[("pyproject.toml", ""), ("app.py", VIEW), ("empty/a.txt", "")]);
    for (active, arguments, message) in [
        (
            None,
            &["--follow-imports"][..],
            "error: no environment was found whose packages could be followed\n",
        ),
        (None, &["--follow-imports", "--python", "nowhere"], "error: `nowhere` does not exist\n"),
        (
            None,
            &["--follow-imports", "--python", "empty"],
            "error: `empty` has no installed packages beside it\n",
        ),
        (
            Some("empty"),
            &["--follow-imports"],
            "error: `VIRTUAL_ENV` names `empty`, which holds no installed packages\n",
        ),
    ] {
        let run = run(&project, active, arguments);
        assert_eq!((run.status, run.stdout.as_str()), (Some(2), ""), "{arguments:?}");
        assert!(run.stderr.starts_with(message), "{}", run.stderr);
        assert!(run.stderr.contains("\nhint: ") && run.stderr.contains("`--python`"), "{}", run.stderr);
    }
}

#[test]
fn path_files_and_editable_installs() {
    let project = Project::new(&[
        ("pyproject.toml", ""),
        ("src/app/__init__.py", ""),
        (
            "src/app/views.py",
            "import edited\nimport shellkit\nfrom flask import request\nfrom app.tools import clean\n\n\ndef view():\n    shellkit.run(request.args['name'])\n    edited.run(request.args['name'])\n    shellkit.run(clean(request.args['name']))\n",
        ),
        ("src/app/tools.py", "def clean(name):\n    return str(int(name))\n"),
        (".venv/pyvenv.cfg", ""),
        ("elsewhere/shellkit.py", RUN),
        ("more/edited/__init__.py", RUN),
        // The project itself is installed twice: as it stands, and as an older copy.
        (&packages(".venv", "app.pth"), "../../../../src\n../../../../elsewhere\n"),
        (&packages(".venv", "app/__init__.py"), ""),
        (&packages(".venv", "app/tools.py"), "def clean(name):\n    return name\n"),
        (
            &packages(".venv", "__editable__.edited.pth"),
            "import __editable___edited_finder; __editable___edited_finder.install()\n",
        ),
    ]);
    let finder = format!(
        "MAPPING: dict[str, str] = {{'edited': {:?}}}\n",
        project.path("more/edited").to_str().unwrap()
    );
    project.write(&packages(".venv", "__editable___edited_finder.py"), finder.as_bytes());
    let found = found(&project, None, &["--follow-imports", "src"]);
    assert_eq!(found, ["src/app/views.py:8 command-injection", "src/app/views.py:9 command-injection"]);
}

#[test]
fn a_broken_module_costs_itself() {
    let project = project(".venv", RUN);
    project.write(
        &packages(".venv", "shellkit/__init__.py"),
        b"from .runner import run\nfrom .broken import x\n",
    );
    project.write(&packages(".venv", "shellkit/broken.py"), b"def (:\n");
    assert_eq!(found(&project, None, &["--follow-imports"]), FLAW);
    let report = run(&project, None, &["--follow-imports", "--format", "json"]).stdout;
    let report: Value = serde_json::from_str(&report).unwrap();
    assert_eq!(problems(&report)[0].0, packages(".venv", "shellkit/broken.py"));
    assert_eq!(report["statistics"]["files"], 1);
}

#[test]
fn a_warm_cache_knows_of_changes_in_packages() {
    let project = project(".venv", RUN);
    let warm = |arguments: &[&str]| {
        let arguments = [&["check", "--format", "json", "--cache-dir", "kept"], arguments].concat();
        let run = Run::of(project.command(&arguments).env_remove("VIRTUAL_ENV").output().unwrap());
        (run.status, run.stdout, run.stderr)
    };
    let cold = || {
        let run = run(&project, None, &["--format", "json", "--follow-imports"]);
        (run.status, run.stdout, run.stderr)
    };
    let follow = ["--follow-imports"];
    assert_eq!(warm(&[]).0, Some(0));
    assert_eq!(cold().0, Some(1));
    for _ in 0..3 {
        assert_eq!(warm(&follow), cold());
    }
    assert!(project.path("kept/imports.table").exists());
    // What a module says, which modules there are, and what they import.
    project.write(&packages(".venv", "shellkit/runner.py"), FIXED.as_bytes());
    assert_eq!(cold().0, Some(0));
    assert_eq!(warm(&follow), cold());
    project.write(&packages(".venv", "shellkit/runner.py"), b"from .late import run\n");
    assert_eq!(warm(&follow), cold());
    project.write(&packages(".venv", "shellkit/late.py"), RUN.as_bytes());
    assert_eq!(cold().0, Some(1));
    assert_eq!(warm(&follow), cold());
    assert_eq!(warm(&follow), cold());
    std::fs::write(project.path("kept/imports.table"), b"junk").unwrap();
    assert_eq!(warm(&follow), cold());
    assert_eq!(warm(&[]).0, Some(0));
}
