//! The environment whose packages a project uses: found as pip finds it, and only ever read. No interpreter is run.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use vansire_python::SourceFile;
use vansire_python::ir::{Constant, Expr, ExprKind, IrModule, StmtKind, TargetKind};

use crate::Error;
use crate::paths::{absolute, display};

/// Where an environment lies that nobody named.
const USUAL_FOLDERS: [&str; 2] = [".venv", "venv"];

/// Says what an environment is, in its root.
const MARK: &str = "pyvenv.cfg";

const PACKAGES: &str = "site-packages";

/// Where Debian's own packages are installed.
const SYSTEM_PACKAGES: &str = "dist-packages";

/// The file in which setuptools keeps where the packages of an editable install lie begins so.
const FINDER: &str = "__editable__";

/// Where the modules of installed packages lie.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Environment {
    /// Folders in which modules are looked for, the first first.
    pub path: Vec<PathBuf>,
    /// Modules that finders of editable installs know, by dotted name: their file, or their folder.
    pub mapped: BTreeMap<String, PathBuf>,
}

impl Environment {
    /// The environment that was named (an interpreter, or an environment's folder), else the active one, else the one in
    /// a folder of the project.
    pub fn find(
        python: Option<&Path>,
        active: Option<&Path>,
        folders: &[&Path],
        working_directory: &Path,
    ) -> Result<Self, Error> {
        if let Some(named) = python {
            return Self::named(named, working_directory);
        }
        if let Some(active) = active {
            let prefix = absolute(active, working_directory);
            return Self::of_prefix(&prefix).ok_or_else(|| {
                let shown = display(&prefix, working_directory);
                Error::new(format!("`VIRTUAL_ENV` names `{shown}`, which holds no installed packages"))
                    .with_hint("`--python` names another environment, or an interpreter")
            });
        }
        let usual = folders.iter().flat_map(|folder| USUAL_FOLDERS.map(|name| folder.join(name)));
        usual.filter(|prefix| prefix.is_dir()).find_map(|prefix| Self::of_prefix(&prefix)).ok_or_else(|| {
            Error::new("no environment was found whose packages could be followed").with_hint(
                "activate one, make one in `.venv` in the root of the project and install its requirements there, \
                 or name one with `--python`",
            )
        })
    }

    fn named(named: &Path, working_directory: &Path) -> Result<Self, Error> {
        let shown = display(&absolute(named, working_directory), working_directory);
        let mut place = absolute(named, working_directory);
        if !place.exists() {
            // The name alone of an interpreter is looked up as a shell does.
            let found = (named.components().count() == 1).then(|| on_search_path(named)).flatten();
            place = found.ok_or_else(|| {
                Error::new(format!("`{shown}` does not exist"))
                    .with_hint("`--python` takes an interpreter, or the folder of an environment")
            })?;
        }
        let mut places = vec![place.clone()];
        if place.is_file() {
            // An environment's interpreter is mostly a link to another one's.
            let real = std::fs::canonicalize(&place).unwrap_or_else(|_| place.clone());
            let above = |place: &Path| -> Vec<PathBuf> {
                let folders = place.ancestors().skip(1).take(2);
                let inside =
                    |folder: &Path| folder.file_name().is_some_and(|name| name == "bin" || name == "Scripts");
                folders.filter(|folder| !inside(folder)).map(Path::to_owned).collect()
            };
            places = above(&place);
            places.extend(above(&real));
        }
        places.iter().find_map(|place| Self::of_prefix(place)).ok_or_else(|| {
            Error::new(format!("`{shown}` has no installed packages beside it"))
                .with_hint("`--python` takes an interpreter, or the folder of an environment")
        })
    }

    /// What is installed below a prefix: the root of an environment or of a Python.
    fn of_prefix(prefix: &Path) -> Option<Self> {
        let settings = std::fs::read_to_string(prefix.join(MARK)).unwrap_or_default();
        let mut folders =
            package_folders(prefix, setting(&settings, "version").or(setting(&settings, "version_info")));
        if folders.is_empty() {
            return None;
        }
        let with_system = setting(&settings, "include-system-site-packages").is_some_and(|it| it == "true");
        if with_system && let Some(home) = setting(&settings, "home") {
            let home = Path::new(home);
            let base =
                if home.file_name().is_some_and(|name| name == "bin") { home.parent() } else { Some(home) };
            folders.extend(base.map(|base| package_folders(base, None)).unwrap_or_default());
        }
        let mut environment = Self::default();
        for folder in folders {
            environment.add(folder);
        }
        Some(environment)
    }

    /// A folder of packages, with what its `.pth` files add. Python reads these in the order of their names.
    fn add(&mut self, folder: PathBuf) {
        if self.path.contains(&folder) {
            return;
        }
        let entries = std::fs::read_dir(&folder).into_iter().flatten().flatten();
        let mut extensions: Vec<PathBuf> = entries
            .map(|entry| entry.path())
            .filter(|path| path.extension().is_some_and(|it| it == "pth"))
            .collect();
        extensions.sort();
        self.path.push(folder.clone());
        for extension in extensions {
            let Ok(text) = std::fs::read_to_string(&extension) else { continue };
            for line in text.trim_start_matches('\u{feff}').lines().map(str::trim_end) {
                // A line that begins so is code. Of that, only the finders of editable installs are understood.
                if let Some(code) = line.strip_prefix("import ").or_else(|| line.strip_prefix("import\t")) {
                    let module = code.split(';').next().unwrap_or_default().trim();
                    if module.starts_with(FINDER) {
                        self.add_finder(&folder.join(format!("{module}.py")));
                    }
                } else if !line.is_empty() && !line.starts_with('#') {
                    let added = absolute(Path::new(line), &folder);
                    if added.is_dir() && !self.path.contains(&added) {
                        self.path.push(added);
                    }
                }
            }
        }
    }

    /// The finder of an editable install has two tables: of packages with their folders, and of namespaces with theirs.
    fn add_finder(&mut self, path: &Path) {
        let Ok(bytes) = std::fs::read(path) else { return };
        let (source, _) = SourceFile::from_bytes(path.to_string_lossy().into_owned(), &bytes);
        let module = vansire_python::lower(&source).module;
        for (name, place) in table(&module, "MAPPING") {
            for place in texts(place).take(1) {
                self.mapped.entry(name.to_owned()).or_insert_with(|| PathBuf::from(place));
            }
        }
        for (name, places) in table(&module, "NAMESPACES") {
            for place in texts(places).take(1) {
                self.mapped.entry(name.to_owned()).or_insert_with(|| PathBuf::from(place));
            }
        }
    }
}

/// The entries of a table that a module binds to this name, as far as they are constant.
fn table<'m>(module: &'m IrModule, wanted: &str) -> Vec<(&'m str, &'m Expr)> {
    let block = module.bodies.first().map_or(&[][..], |body| &body.block);
    let mut found = Vec::new();
    for statement in block {
        let StmtKind::Assign { targets, value, .. } = &statement.kind else { continue };
        let named = |kind: &TargetKind| matches!(kind, TargetKind::Name(_, name) if name.as_str() == wanted);
        if let ExprKind::Dict(entries) = &value.kind
            && targets.iter().any(|target| named(&target.kind))
        {
            found.extend(entries.iter().filter_map(|(key, value)| Some((text(key.as_ref()?)?, value))));
        }
    }
    found
}

fn text(expression: &Expr) -> Option<&str> {
    match &expression.kind {
        ExprKind::Constant(Constant::String(text)) => Some(text),
        _ => None,
    }
}

/// A text, or those of a list.
fn texts(expression: &Expr) -> impl Iterator<Item = &str> {
    let elements = match &expression.kind {
        ExprKind::List(elements) => elements.as_slice(),
        _ => std::slice::from_ref(expression),
    };
    elements.iter().filter_map(text)
}

/// `key = value` in the file that marks an environment.
fn setting<'t>(settings: &'t str, wanted: &str) -> Option<&'t str> {
    settings.lines().find_map(|line| {
        let (key, value) = line.split_once('=')?;
        (key.trim().eq_ignore_ascii_case(wanted)).then(|| value.trim())
    })
}

/// The folders of packages below a prefix, for a version of Python (`3.12.4`) if one is known, else the newest.
fn package_folders(prefix: &Path, version: Option<&str>) -> Vec<PathBuf> {
    if prefix.file_name().is_some_and(|name| name == PACKAGES || name == SYSTEM_PACKAGES) {
        return vec![prefix.to_owned()];
    }
    let wanted = version.and_then(|version| {
        let mut numbers = version.split('.');
        Some((numbers.next()?.parse::<u32>().ok()?, numbers.next()?.parse::<u32>().ok()?))
    });
    let mut folders = Vec::new();
    for (libraries, packages) in [("lib", PACKAGES), ("lib64", PACKAGES), ("local/lib", SYSTEM_PACKAGES)] {
        let libraries = prefix.join(libraries);
        let mut versions: Vec<((u32, u32), PathBuf)> = std::fs::read_dir(&libraries)
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|entry| {
                let name = entry.file_name();
                let name = name.to_str()?;
                let number = name.strip_prefix("python").or_else(|| name.strip_prefix("pypy"))?;
                // Builds without the lock have a letter behind the number.
                let (major, minor) = number.trim_end_matches('t').split_once('.')?;
                let folder = entry.path().join(packages);
                folder.is_dir().then_some(((major.parse().ok()?, minor.parse().ok()?), folder))
            })
            .collect();
        versions.sort();
        let chosen = match wanted {
            Some(wanted) if versions.iter().any(|(number, _)| *number == wanted) => {
                versions.into_iter().find(|(number, _)| *number == wanted)
            }
            _ => versions.pop(),
        };
        let Some((_, folder)) = chosen else { continue };
        // `lib64` is mostly a link to `lib`.
        let real = |path: &Path| std::fs::canonicalize(path).ok();
        if folders.iter().all(|other: &PathBuf| real(other) != real(&folder)) {
            folders.push(folder);
        }
    }
    for plain in ["Lib/site-packages", "lib/python3/dist-packages"] {
        let folder = prefix.join(plain);
        if folder.is_dir() && !folders.contains(&folder) {
            folders.push(folder);
        }
    }
    folders
}

fn on_search_path(name: &Path) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let name = Path::new(name).with_extension(std::env::consts::EXE_EXTENSION);
    std::env::split_paths(&path).map(|folder| folder.join(&name)).find(|path| path.is_file())
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::Environment;

    fn make(folder: &Path, files: &[(&str, &str)]) {
        for (path, text) in files {
            let path = folder.join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
    }

    fn find(python: Option<&str>, active: Option<&str>, folder: &Path) -> Result<Environment, crate::Error> {
        Environment::find(python.map(Path::new), active.map(Path::new), &[folder], folder)
    }

    #[test]
    fn layouts() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        make(
            folder,
            &[
                ("unix/pyvenv.cfg", "home = /usr/bin\nversion = 3.11.2\n"),
                ("unix/bin/python", ""),
                ("unix/lib/python3.11/site-packages/a.py", ""),
                ("unix/lib/python3.12/site-packages/a.py", ""),
                ("windows/pyvenv.cfg", ""),
                ("windows/Scripts/python.exe", ""),
                ("windows/Lib/site-packages/a.py", ""),
                (".venv/lib/python3.13/site-packages/a.py", ""),
                ("empty/pyvenv.cfg", ""),
            ],
        );
        let first = |python: Option<&str>, active: Option<&str>| -> PathBuf {
            let path = find(python, active, folder).unwrap().path;
            path[0].strip_prefix(folder).unwrap().to_owned()
        };
        let unix = Path::new("unix/lib/python3.11/site-packages");
        assert_eq!(first(Some("unix"), None), unix);
        assert_eq!(first(Some("unix/bin/python"), Some("windows")), unix);
        assert_eq!(first(None, Some("windows")), Path::new("windows/Lib/site-packages"));
        assert_eq!(first(Some("windows/Scripts/python.exe"), None), Path::new("windows/Lib/site-packages"));
        assert_eq!(first(None, None), Path::new(".venv/lib/python3.13/site-packages"));
        assert_eq!(
            first(Some("unix/lib/python3.12/site-packages"), None),
            Path::new("unix/lib/python3.12/site-packages")
        );
        for (python, active, message) in [
            (Some("nowhere/x"), None, "`nowhere/x` does not exist"),
            (Some("empty"), None, "`empty` has no installed packages beside it"),
            (None, Some("empty"), "`VIRTUAL_ENV` names `empty`, which holds no installed packages"),
        ] {
            let error = find(python, active, folder).unwrap_err();
            assert_eq!(error.message, message);
            assert!(error.hint.unwrap().contains("--python"));
        }
        assert!(find(None, None, &folder.join("empty")).is_err());
    }

    #[test]
    fn path_files_and_editable_installs() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        make(
            folder,
            &[
                ("venv/pyvenv.cfg", "include-system-site-packages = true\nhome = BASE\n"),
                (
                    "venv/lib/python3.12/site-packages/b.pth",
                    "# more\n../../../more\nmissing\nimport os; os.system('x')\n",
                ),
                ("venv/more/c.py", ""),
                (
                    "venv/lib/python3.12/site-packages/__editable__.d-1.0.pth",
                    "import __editable___d_1_0_finder; __editable___d_1_0_finder.install()",
                ),
                (
                    "venv/lib/python3.12/site-packages/__editable___d_1_0_finder.py",
                    "MAPPING: dict[str, str] = {'d': '/code/d', 'e': PLACE}\nNAMESPACES = {'n.s': ['/code/n/s']}\n",
                ),
                ("base/lib/python3.12/site-packages/f.py", ""),
            ],
        );
        let mark = folder.join("venv/pyvenv.cfg");
        let home = folder.join("base/bin");
        let text = std::fs::read_to_string(&mark).unwrap().replace("BASE", &home.to_string_lossy());
        std::fs::write(mark, text).unwrap();
        let found = find(None, None, folder).unwrap();
        let path: Vec<_> = found.path.iter().map(|path| path.strip_prefix(folder).unwrap()).collect();
        assert_eq!(
            path,
            ["venv/lib/python3.12/site-packages", "venv/more", "base/lib/python3.12/site-packages"]
                .map(Path::new)
        );
        let mapped: Vec<_> =
            found.mapped.iter().map(|(name, path)| (name.as_str(), path.as_path())).collect();
        assert_eq!(mapped, [("d", Path::new("/code/d")), ("n.s", Path::new("/code/n/s"))]);
    }
}
