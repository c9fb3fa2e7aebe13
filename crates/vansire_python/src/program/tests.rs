use super::*;
use crate::lower;

/// Links files given as `path` or `path: text`.
fn link(files: &[&str]) -> Program {
    link_installed(files, &[])
}

fn link_installed(files: &[&str], installed: &[&str]) -> Program {
    let files = files
        .iter()
        .map(|file| {
            let (path, text) = file.split_once(": ").unwrap_or((file, ""));
            let source = SourceFile::new(path, text);
            let module = lower(&source).module;
            (source, module)
        })
        .collect();
    Program::link_with(files, installed.iter().map(|&name| name.to_owned()).collect())
}

impl Program {
    fn name(&self, path: &str) -> &'static str {
        self.file(self.id(path)).module_name.as_str()
    }

    fn id(&self, path: &str) -> FileId {
        self.file_at(path).unwrap_or_else(|| panic!("no {path}"))
    }

    /// What an import (with leading dots) means in a file: a path, or a name.
    fn resolve(&self, from: &str, module: &str) -> String {
        let dotted = module.trim_start_matches('.');
        let level = (module.len() - dotted.len()) as u32;
        self.show(self.resolve_module(self.id(from), level, dotted))
    }

    fn submodule(&self, from: &str, package: &str, name: &str) -> Option<String> {
        let dotted = package.trim_start_matches('.');
        let level = (package.len() - dotted.len()) as u32;
        let from = self.id(from);
        let package = self.resolve_module(from, level, dotted);
        self.resolve_submodule(from, package, name).map(|found| self.show(found))
    }

    fn show(&self, resolution: Resolution) -> String {
        match resolution {
            Resolution::File(file) => self.file(file).source.path.clone(),
            Resolution::Namespace(name) => format!("namespace {name}"),
            Resolution::External(name) => format!("external {name}"),
        }
    }
}

#[test]
fn names_of_packages() {
    let program =
        link(&["app/__init__.py", "app/views.py", "app/api/__init__.py", "app/api/v1.py", "main.py"]);
    assert_eq!(program.name("app/__init__.py"), "app");
    assert_eq!(program.name("app/views.py"), "app.views");
    assert_eq!(program.name("app/api/__init__.py"), "app.api");
    assert_eq!(program.name("app/api/v1.py"), "app.api.v1");
    assert_eq!(program.name("main.py"), "main");
    assert!(program.file(program.id("app/__init__.py")).is_package);
    assert!(!program.file(program.id("app/views.py")).is_package);
}

#[test]
fn names_under_other_roots() {
    let program = link(&[
        "src/lib/__init__.py",
        "src/lib/a.py",
        "src/tool.py",
        "services/one/app/__init__.py",
        "services/one/app/b.py",
        "services/two/manage.py",
        "services/two/site/settings.py",
        "scripts/run.py",
        "pkg/__init__.py",
        "pkg/data/loader.py",
    ]);
    assert_eq!(program.name("src/lib/a.py"), "lib.a");
    assert_eq!(program.name("src/tool.py"), "tool");
    assert_eq!(program.name("services/one/app/b.py"), "app.b");
    assert_eq!(program.name("services/two/site/settings.py"), "site.settings");
    assert_eq!(program.name("scripts/run.py"), "scripts.run");
    assert_eq!(program.name("pkg/data/loader.py"), "pkg.data.loader");
}

#[test]
fn a_scan_may_start_inside_a_package() {
    let program = link(&["__init__.py", "a.py", "sub/__init__.py", "sub/b.py"]);
    assert_eq!(program.name("__init__.py"), "__init__");
    assert_eq!(program.name("sub/b.py"), "sub.b");
    assert_eq!(program.resolve("a.py", "."), "__init__.py");
    assert_eq!(program.resolve("sub/b.py", "..a"), "a.py");
    assert_eq!(program.submodule("a.py", ".", "sub").as_deref(), Some("sub/__init__.py"));
}

#[test]
fn namespace_packages_are_told_by_their_imports() {
    let program = link(&[
        "google/cloud/storage/__init__.py: from google.cloud.storage import blob",
        "google/cloud/storage/blob.py",
        "other/plain/__init__.py",
    ]);
    assert_eq!(program.name("google/cloud/storage/blob.py"), "google.cloud.storage.blob");
    assert_eq!(program.name("other/plain/__init__.py"), "plain");
    assert_eq!(program.resolve("google/cloud/storage/blob.py", "google.cloud"), "namespace google.cloud");
    assert_eq!(
        program.submodule("google/cloud/storage/blob.py", "google.cloud", "storage").as_deref(),
        Some("google/cloud/storage/__init__.py")
    );
    assert_eq!(program.submodule("google/cloud/storage/blob.py", "google.cloud", "bigquery"), None);
    // A sibling of the same namespace that is installed.
    assert_eq!(
        program.resolve("google/cloud/storage/blob.py", "google.cloud.bigquery"),
        "external google.cloud.bigquery"
    );
}

#[test]
fn absolute_imports() {
    let program =
        link(&["app/__init__.py", "app/views.py", "app/db/__init__.py", "app/db/models.py", "run.py"]);
    for from in ["run.py", "app/views.py", "app/db/models.py"] {
        assert_eq!(program.resolve(from, "app"), "app/__init__.py");
        assert_eq!(program.resolve(from, "app.views"), "app/views.py");
        assert_eq!(program.resolve(from, "app.db.models"), "app/db/models.py");
        assert_eq!(program.resolve(from, "app.missing"), "external app.missing");
        assert_eq!(program.resolve(from, "flask.json"), "external flask.json");
    }
    assert_eq!(program.submodule("run.py", "app", "db").as_deref(), Some("app/db/__init__.py"));
    assert_eq!(program.submodule("run.py", "app", "missing"), None);
    assert_eq!(program.submodule("run.py", "app.views", "db"), None);
    assert_eq!(program.submodule("run.py", "flask", "json"), None);
}

#[test]
fn relative_imports() {
    let program = link(&["a/__init__.py", "a/b/__init__.py", "a/b/c.py", "a/d.py", "a/n/e.py"]);
    // In a module one dot is its package; in `__init__` it is the package itself.
    assert_eq!(program.resolve("a/b/c.py", "."), "a/b/__init__.py");
    assert_eq!(program.resolve("a/b/c.py", ".."), "a/__init__.py");
    assert_eq!(program.resolve("a/b/c.py", "..d"), "a/d.py");
    assert_eq!(program.resolve("a/b/__init__.py", ".c"), "a/b/c.py");
    assert_eq!(program.resolve("a/b/__init__.py", "..d"), "a/d.py");
    assert_eq!(program.resolve("a/d.py", ".n"), "namespace a.n");
    assert_eq!(program.resolve("a/n/e.py", "."), "namespace a.n");
    assert_eq!(program.submodule("a/d.py", ".n", "e").as_deref(), Some("a/n/e.py"));
    assert_eq!(program.resolve("a/b/c.py", ".x.y"), "external a.b.x.y");
    assert_eq!(program.resolve("a/b/c.py", ".....x"), "external x");
}

#[test]
fn scripts_see_their_own_folder() {
    let program = link(&["tools/run.py", "tools/helper.py", "helper.py", "main.py"]);
    assert_eq!(program.resolve("tools/run.py", "helper"), "tools/helper.py");
    assert_eq!(program.resolve("main.py", "helper"), "helper.py");
    assert_eq!(program.resolve("main.py", "tools.helper"), "tools/helper.py");
}

#[test]
fn local_modules_shadow_installed_ones_at_the_root_of_the_path_only() {
    let program = link(&[
        "app.py",
        "html.py",
        "requests.py",
        "pkg/__init__.py",
        "pkg/json.py",
        "pkg/use.py",
        "email/x.py",
    ]);
    assert_eq!(program.resolve("app.py", "html"), "html.py");
    assert_eq!(program.resolve("app.py", "requests"), "requests.py");
    assert_eq!(program.resolve("pkg/use.py", "html"), "html.py");
    assert_eq!(program.resolve("pkg/use.py", "json"), "external json");
    // A folder without `__init__` gives way to any module.
    assert_eq!(program.resolve("app.py", "email"), "external email");
    // What a script of the same name imports is the installed one.
    assert_eq!(program.resolve("requests.py", "requests"), "external requests");
    let package = link(&["pkg/__init__.py"]);
    assert_eq!(package.resolve("pkg/__init__.py", "pkg"), "pkg/__init__.py");
}

#[test]
fn the_nearest_root_wins() {
    let program = link(&[
        "one/app/__init__.py",
        "one/app/views.py",
        "one/common/__init__.py",
        "two/app/__init__.py",
        "two/app/views.py",
        "two/manage.py",
        "two/use.py",
        "run.py",
    ]);
    assert_eq!(program.resolve("one/app/views.py", "app.views"), "one/app/views.py");
    assert_eq!(program.resolve("two/app/views.py", "app.views"), "two/app/views.py");
    assert_eq!(program.resolve("two/use.py", "app"), "two/app/__init__.py");
    // Another root is searched when the own one has no such module.
    assert_eq!(program.resolve("two/use.py", "common"), "one/common/__init__.py");
    assert_eq!(program.resolve("run.py", "app"), "one/app/__init__.py");
}

#[test]
fn other_roots_never_shadow_the_standard_library() {
    let program = link(&["one/random.py", "one/setup.py", "two/use.py"]);
    assert_eq!(program.resolve("two/use.py", "random"), "external random");
    assert_eq!(program.resolve("one/setup.py", "random"), "one/random.py");
}

#[test]
fn any_folder_is_a_last_resort() {
    let program =
        link(&["deep/er/utilities.py", "main.py", "lib/pkg/__init__.py: import pkg", "lib/pkg/inner.py"]);
    assert_eq!(program.resolve("main.py", "utilities"), "deep/er/utilities.py");
    // But not the inside of a package that is imported as one.
    assert_eq!(program.resolve("main.py", "inner"), "external inner");
    let installed = link_installed(&["deep/er/redis.py", "main.py", "redis/x.py"], &["redis"]);
    assert_eq!(installed.resolve("main.py", "redis"), "namespace redis");
    assert_eq!(installed.resolve("redis/x.py", "redis"), "namespace redis");
    let installed = link_installed(&["deep/er/redis.py", "main.py"], &["redis"]);
    assert_eq!(installed.resolve("main.py", "redis"), "external redis");
    // Scripts in a folder that happens to have an `__init__`.
    let scripts = link(&["bench/__init__.py", "bench/run.py", "bench/helper.py"]);
    assert_eq!(scripts.resolve("bench/run.py", "helper"), "bench/helper.py");
}

#[test]
fn modules_of_imported_namespaces_are_no_scripts() {
    let program = link(&["app/logging.py", "app/use.py", "main.py: import app.use"]);
    assert_eq!(program.resolve("app/use.py", "logging"), "external logging");
    assert_eq!(program.resolve("app/use.py", "app.logging"), "app/logging.py");
    let program = link(&["app/logging.py", "app/use.py", "main.py"]);
    assert_eq!(program.resolve("app/use.py", "logging"), "app/logging.py");
}

#[test]
fn packages_come_before_modules_and_modules_before_stubs() {
    let program = link(&["a.py", "a/__init__.py", "b.py", "b/c.py", "d.pyi", "d.py", "e.pyi", "main.py"]);
    assert_eq!(program.resolve("main.py", "a"), "a/__init__.py");
    assert_eq!(program.resolve("main.py", "b"), "b.py");
    assert_eq!(program.resolve("main.py", "d"), "d.py");
    assert_eq!(program.resolve("main.py", "e"), "e.pyi");
    assert!(program.file(program.id("e.pyi")).is_stub);
    assert_eq!(program.name("d.pyi"), "d");
}

#[test]
fn notebooks_and_scripts_cannot_be_imported() {
    let program = link(&["a.ipynb", "bin/tool", "main.py"]);
    assert_eq!(program.resolve("main.py", "a"), "external a");
    assert_eq!(program.resolve("main.py", "bin.tool"), "external bin.tool");
    assert_eq!(program.name("bin/tool"), "bin.tool");
}

#[test]
fn tests_are_told_by_name_and_place() {
    let program = link(&[
        "test_a.py",
        "tests/b.py",
        "x/conftest.py",
        "x/tests.py",
        "x/c_test.py",
        "x/contest.py",
        "attests/d.py",
    ]);
    let tests: Vec<&str> =
        program.files().filter(|(_, file)| file.is_test).map(|(_, file)| file.source.path.as_str()).collect();
    assert_eq!(tests, ["test_a.py", "tests/b.py", "x/c_test.py", "x/conftest.py", "x/tests.py"]);
}

#[test]
fn the_order_of_the_files_does_not_matter() {
    let files = [
        "b/x.py: import y",
        "a/__init__.py",
        "a/y.py",
        "b/y.py",
        "c/y.py",
        "y/__init__.py",
        "z.py: 1",
        "z.py: 2",
    ];
    let mut reversed = files;
    reversed.reverse();
    let (one, other) = (link(&files), link(&reversed));
    let show = |program: &Program| -> Vec<String> {
        program
            .files()
            .map(|(id, file)| {
                let found: Vec<String> = ["y", "a.y", "b", "c.y", "z"]
                    .iter()
                    .map(|name| program.show(program.resolve_module(id, 0, name)))
                    .collect();
                format!("{} {} {} {found:?}", file.source.path, file.source.text, file.module_name)
            })
            .collect()
    };
    assert_eq!(show(&one), show(&other));
    assert_eq!(one.files().len(), 7);
}

#[test]
fn bodies() {
    let program = link(&["a.py: def f(): pass", "b.py"]);
    let names: Vec<String> = program
        .bodies()
        .map(|(file, id, body)| format!("{}#{}{}", program.file(file).module_name, id.0, body.qualified_name))
        .collect();
    assert_eq!(names, ["a#0", "a#1f", "b#0"]);
    assert_eq!(program.body(FileId(0), BodyId(1)).name.as_str(), "f");
}
