//! Which modules of installed packages belong to an analysis: those that the project's files import, and what they
//! import in turn.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use rustc_hash::FxHashSet;
use vansire_finding::Problem;
use vansire_python::ir::IrModule;
use vansire_python::{absolute_name, is_standard_library};

use crate::discovery::{InputFile, MAX_FILE_SIZE};
use crate::environment::Environment;
use crate::paths;

/// At most this many modules of installed packages are followed, the nearest first.
const MAXIMUM_FOLLOWED: usize = 4_000;

/// And at most this many bytes of them.
const MAXIMUM_FOLLOWED_BYTES: u64 = 64 * 1024 * 1024;

/// So many of what was left out are named.
const NAMED: usize = 5;

/// Before the names of the modules' files, so that they are no files of the project.
const FOLDER: &str = "<installed>";

/// A module of an installed package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Module {
    pub file: InputFile,
    /// Dotted and absolute.
    pub name: String,
    pub is_package: bool,
}

/// What is followed, in order of the names.
#[derive(Debug, Default)]
pub struct Followed {
    pub modules: Vec<Module>,
    pub problems: Vec<Problem>,
}

/// What a file imports: dotted names, those that count from its own package with their dots.
pub type Imports = Vec<String>;

/// What a lowered file imports.
pub fn imports_of(module: &IrModule) -> Imports {
    module.imports.iter().chain(&module.relative_imports).map(|name| name.as_str().to_owned()).collect()
}

/// The search for the modules of an environment.
pub struct Search<'a> {
    environment: &'a Environment,
    /// Top-level packages that are left to their models.
    described: &'a FxHashSet<&'static str>,
    own_packages: BTreeSet<&'a str>,
    own_files: FxHashSet<&'a Path>,
    working_directory: &'a Path,
    /// Names that were looked for.
    seen: FxHashSet<String>,
    found: BTreeMap<String, Module>,
    bytes: u64,
    left_out: BTreeSet<String>,
}

impl<'a> Search<'a> {
    pub fn new(
        environment: &'a Environment,
        described: &'a FxHashSet<&'static str>,
        project: &'a [InputFile],
        working_directory: &'a Path,
    ) -> Self {
        Self {
            environment,
            described,
            own_packages: own_packages(project),
            own_files: project.iter().map(|file| file.path.as_path()).collect(),
            working_directory,
            seen: FxHashSet::default(),
            found: BTreeMap::new(),
            bytes: 0,
            left_out: BTreeSet::new(),
        }
    }

    /// Follows imports, in waves: those of the project's files, those of what these lead to, and so on. `read` is asked
    /// what the modules of a wave import; where it doesn't know, nobody does.
    pub fn follow(
        mut self,
        project: impl Iterator<Item = Imports>,
        mut read: impl FnMut(&[Module]) -> Option<Vec<Imports>>,
    ) -> Option<Followed> {
        let mut names: BTreeSet<String> = project.flatten().filter(|name| !name.starts_with('.')).collect();
        while !names.is_empty() {
            let mut wave = Vec::new();
            for name in std::mem::take(&mut names) {
                self.locate(&name, &mut wave);
            }
            let imports = read(&wave)?;
            for (module, imports) in wave.iter().zip(imports) {
                names.extend(imports.iter().map(|name| {
                    let dotted = name.trim_start_matches('.');
                    let level = (name.len() - dotted.len()) as u32;
                    if level == 0 {
                        name.clone()
                    } else {
                        absolute_name(&module.name, module.is_package, level, dotted)
                    }
                }));
            }
        }
        let problems = self.problem().into_iter().collect();
        Some(Followed { modules: self.found.into_values().collect(), problems })
    }

    /// Adds the module of a dotted name, and the packages that it lies in. Where the name is that of something in a
    /// module, the module is what counts.
    fn locate(&mut self, dotted: &str, wave: &mut Vec<Module>) {
        let top = dotted.split('.').next().unwrap_or_default();
        if top.is_empty()
            || self.seen.contains(dotted)
            || is_standard_library(top)
            || self.described.contains(top)
            || self.own_packages.contains(top)
        {
            return;
        }
        let mut places = self.environment.path.clone();
        let ends = dotted.match_indices('.').map(|(at, _)| at).chain([dotted.len()]);
        for end in ends {
            let name = &dotted[..end];
            let part = name.rsplit('.').next().unwrap_or_default();
            let found = places.iter().find_map(|folder| module_at(&folder.join(part)));
            let mapped = || self.environment.mapped.get(name).map(PathBuf::as_path);
            let namespace: Vec<PathBuf> =
                places.iter().map(|folder| folder.join(part)).filter(|folder| folder.is_dir()).collect();
            let found = match found {
                None if namespace.is_empty() => mapped().and_then(module_at),
                found => found,
            };
            self.seen.insert(name.to_owned());
            match found {
                Some((path, is_package)) => {
                    // An editable install of the project itself leads back to it.
                    if self.own_files.contains(path.as_path()) || !self.add(name, &path, is_package, wave) {
                        return;
                    }
                    places = if is_package {
                        path.parent().map(Path::to_owned).into_iter().collect()
                    } else {
                        Vec::new()
                    };
                }
                None if !namespace.is_empty() => places = namespace,
                None => match mapped() {
                    Some(folder) if folder.is_dir() => places = vec![folder.to_owned()],
                    _ => return,
                },
            }
        }
    }

    /// Takes a module in, if it is new. False where it is too much.
    fn add(&mut self, name: &str, path: &Path, is_package: bool, wave: &mut Vec<Module>) -> bool {
        if self.found.contains_key(name) {
            return true;
        }
        let size = path.metadata().map_or(0, |metadata| metadata.len());
        if self.found.len() >= MAXIMUM_FOLLOWED
            || size > MAX_FILE_SIZE
            || self.bytes + size > MAXIMUM_FOLLOWED_BYTES
        {
            self.left_out.insert(name.to_owned());
            return false;
        }
        self.bytes += size;
        let ending = if is_package { "/__init__.py" } else { ".py" };
        let file = InputFile {
            name: format!("{FOLDER}/{}{ending}", name.replace('.', "/")),
            shown: paths::display(path, self.working_directory),
            path: path.to_owned(),
        };
        let module = Module { file, name: name.to_owned(), is_package };
        self.found.insert(name.to_owned(), module.clone());
        wave.push(module);
        true
    }

    fn problem(&self) -> Option<Problem> {
        let first = self.left_out.first()?;
        let mut names: Vec<String> =
            self.left_out.iter().take(NAMED).map(|name| format!("`{name}`")).collect();
        if self.left_out.len() > NAMED {
            names.push(format!("{} more", self.left_out.len() - NAMED));
        }
        let last = names.pop().unwrap_or_else(|| first.clone());
        let names = if names.is_empty() { last } else { format!("{} and {last}", names.join(", ")) };
        let folder = self.environment.path.first()?;
        Some(Problem {
            path: paths::display(folder, self.working_directory),
            line: None,
            message: format!(
                "imports were followed up to the limits of {MAXIMUM_FOLLOWED} modules and {} MB: not to {names}",
                MAXIMUM_FOLLOWED_BYTES / (1024 * 1024)
            ),
        })
    }
}

/// The file of a module or a package that would be called so, and whether it is a package.
fn module_at(place: &Path) -> Option<(PathBuf, bool)> {
    let init = place.join("__init__.py");
    if init.is_file() {
        return Some((init, true));
    }
    if place.extension().is_some_and(|extension| extension == "py") && place.is_file() {
        return Some((place.to_owned(), false));
    }
    let mut module = place.as_os_str().to_owned();
    module.push(".py");
    let module = PathBuf::from(module);
    module.is_file().then_some((module, false))
}

/// The packages that the project consists of, by name: an installed copy of one is not what its files mean.
fn own_packages(project: &[InputFile]) -> BTreeSet<&str> {
    let folder_of = |name: &str| name.rsplit_once('/').map_or(0, |(folder, _)| folder.len());
    let inits: FxHashSet<&str> = project
        .iter()
        .filter(|file| file.name.ends_with("/__init__.py"))
        .map(|file| &file.name[..folder_of(&file.name)])
        .collect();
    let mut names = BTreeSet::new();
    for &package in &inits {
        let (parent, name) = package.rsplit_once('/').unwrap_or(("", package));
        if !inits.contains(parent) {
            names.insert(name);
        }
    }
    for file in project {
        let module =
            file.name.strip_suffix(".py").map(|module| module.strip_prefix("src/").unwrap_or(module));
        names.extend(module.filter(|module| !module.contains('/')));
    }
    names
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use rustc_hash::FxHashSet;

    use super::{Followed, InputFile, Search};
    use crate::environment::Environment;

    fn followed(folder: &Path, files: &[&str], imports: &[&str], of: &[(&str, &[&str])]) -> Followed {
        for path in files {
            let path = folder.join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "").unwrap();
        }
        let environment = Environment {
            path: vec![folder.join("one"), folder.join("two")],
            mapped: [("edited".to_owned(), folder.join("work/edited"))].into_iter().collect(),
        };
        let described: FxHashSet<&str> = ["flask"].into_iter().collect();
        let own = |name: &str| InputFile {
            name: name.to_owned(),
            shown: name.to_owned(),
            path: PathBuf::from("/p").join(name),
        };
        let project = [own("app/__init__.py"), own("app/yaml.py"), own("tool.py")];
        let search = Search::new(&environment, &described, &project, folder);
        let imports = imports.iter().map(|name| (*name).to_owned()).collect();
        search
            .follow([imports].into_iter(), |wave| {
                let find = |name: &str| {
                    of.iter().find(|(own, _)| *own == name).map_or(&[][..], |(_, imports)| imports)
                };
                Some(
                    wave.iter()
                        .map(|module| find(&module.name).iter().map(|it| (*it).to_owned()).collect())
                        .collect(),
                )
            })
            .unwrap()
    }

    #[test]
    fn from_import_to_import() {
        let folder = tempfile::tempdir().unwrap();
        let files = [
            "one/kit/__init__.py",
            "one/kit/shell.py",
            "one/kit/unused.py",
            "one/space/left/__init__.py",
            "two/space/right.py",
            "two/yaml.py",
            "one/flask/__init__.py",
            "one/app/__init__.py",
            "one/tool.py",
            "one/json.py",
            "work/edited/__init__.py",
            "work/edited/deep.py",
        ];
        let imports = [
            "kit.run",
            "flask.Flask",
            "space.right",
            "app",
            "tool",
            "json",
            "yaml",
            "edited.deep.f",
            "nowhere",
            ".x",
        ];
        let of: [(&str, &[&str]); 2] =
            [("kit", &[".shell", ".shell.go"]), ("kit.shell", &["..", "space.left"])];
        let found = followed(folder.path(), &files, &imports, &of);
        let names: Vec<&str> = found.modules.iter().map(|module| module.name.as_str()).collect();
        assert_eq!(names, ["edited", "edited.deep", "kit", "kit.shell", "space.left", "space.right", "yaml"]);
        assert_eq!(found.modules[3].file.name, "<installed>/kit/shell.py");
        assert_eq!(found.modules[3].file.shown, "one/kit/shell.py");
        assert!(found.problems.is_empty());
    }

    #[test]
    fn what_is_left_out_is_said() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("one")).unwrap();
        let big = std::fs::File::create(folder.path().join("one/big.py")).unwrap();
        big.set_len(super::MAX_FILE_SIZE + 1).unwrap();
        let found = followed(folder.path(), &["one/small.py"], &["big", "small"], &[]);
        assert_eq!(found.modules.len(), 1);
        assert_eq!(found.problems[0].path, "one");
        assert!(found.problems[0].message.ends_with("not to `big`"), "{}", found.problems[0].message);
    }
}
