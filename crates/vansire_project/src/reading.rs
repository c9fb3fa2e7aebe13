//! Reading files, decoding and lowering them, and finding out which modules of installed packages are to be read.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use rayon::prelude::*;
use vansire_finding::Problem;
use vansire_flow::model::ModelSet;
use vansire_flow::{Threats, Versions};
use vansire_python::ir::IrModule;
use vansire_python::{InstalledModule, SourceFile, Symbol};

use crate::cache::{self, ImportTable};
use crate::discovery::InputFile;
use crate::environment::Environment;
use crate::error::describe;
use crate::follow::{self, Followed, Search};
use crate::run::Observer;

/// The hashes of what files hold, by the files' names.
pub type Hashes = BTreeMap<String, [u8; 32]>;

pub fn hash_of(file: &InputFile) -> Result<[u8; 32], std::io::ErrorKind> {
    std::fs::read(&file.path).map(|bytes| cache::hash(&bytes)).map_err(|error| error.kind())
}

/// What has been read so far.
#[derive(Default)]
pub struct Reading {
    modules: Option<Vec<Module>>,
    packages: Vec<InstalledModule>,
    problems: Vec<Problem>,
    /// Of what was read.
    pub hashes: Hashes,
}

/// Everything that was read, lowered.
pub struct Lowered {
    pub modules: Vec<Module>,
    pub packages: Vec<InstalledModule>,
    pub problems: Vec<Problem>,
}

impl Reading {
    /// Finds the modules of installed packages that belong to the analysis. Where an earlier run knows what all files
    /// import, none has to be parsed for that.
    pub fn follow(
        &mut self,
        environment: &Environment,
        python: &[InputFile],
        table: Option<&ImportTable>,
        here: &Path,
        observer: &dyn Observer,
    ) -> Followed {
        let models = vansire_rules::models();
        let (set, _) = ModelSet::build(models, &[], &Versions::default(), Threats::default());
        let described = set.names().filter_map(|name| name.split('.').next()).collect();
        let search = || Search::new(environment, &described, python, here);
        let known = table.and_then(|table| {
            let known = |files: &[&InputFile]| -> Option<Vec<follow::Imports>> {
                files.par_iter().map(|file| table.get(&hash_of(file).ok()?).cloned()).collect()
            };
            let own = known(&python.iter().collect::<Vec<_>>())?;
            search()
                .follow(own.into_iter(), |wave| known(&wave.iter().map(|it| &it.file).collect::<Vec<_>>()))
        });
        if let Some(known) = known {
            return known;
        }
        let modules = read_modules(python, observer, &mut self.problems, &mut self.hashes);
        let own: Vec<_> = modules.iter().map(|(_, module)| follow::imports_of(module)).collect();
        self.modules = Some(modules);
        let followed = search().follow(own.into_iter(), |wave| {
            let read = read_installed(wave, &mut self.problems, &mut self.hashes);
            // The order of the answers is that of the questions; what couldn't be read imports nothing.
            let imports: BTreeMap<&str, follow::Imports> =
                read.iter().map(|one| (one.name.as_str(), follow::imports_of(&one.ir))).collect();
            let answers = wave.iter().map(|one| imports.get(one.name.as_str()).cloned().unwrap_or_default());
            let answers = answers.collect();
            self.packages.extend(read);
            Some(answers)
        });
        followed.unwrap_or_default()
    }

    /// What all files import, where that had to be found out by parsing them.
    pub fn import_table(&self) -> Option<ImportTable> {
        let own = self.modules.as_ref()?.iter().map(|(source, module)| (&source.path, module));
        let others = self.packages.iter().map(|one| (&one.source.path, &one.ir));
        let imports: BTreeMap<&String, &IrModule> = own.chain(others).collect();
        // What couldn't be lowered imports nothing.
        let known = |name| imports.get(name).map(|module| follow::imports_of(module)).unwrap_or_default();
        Some(self.hashes.iter().map(|(name, hash)| (*hash, known(name))).collect())
    }

    /// Reads what hasn't been read yet.
    pub fn finish(
        mut self,
        python: &[InputFile],
        installed: &[follow::Module],
        observer: &dyn Observer,
    ) -> Lowered {
        let (modules, packages) = match self.modules {
            Some(modules) => (modules, self.packages),
            None => (
                read_modules(python, observer, &mut self.problems, &mut self.hashes),
                read_installed(installed, &mut self.problems, &mut self.hashes),
            ),
        };
        Lowered { modules, packages, problems: self.problems }
    }
}

/// Reads and lowers modules of installed packages.
fn read_installed(
    modules: &[follow::Module],
    problems: &mut Vec<Problem>,
    hashes: &mut Hashes,
) -> Vec<InstalledModule> {
    let files: Vec<InputFile> = modules.iter().map(|module| module.file.clone()).collect();
    let by_path: BTreeMap<&str, &follow::Module> =
        modules.iter().map(|module| (module.file.name.as_str(), module)).collect();
    let read = read_modules(&files, &(), problems, hashes);
    let module = |(source, ir): Module| {
        let found = by_path.get(source.path.as_str())?;
        Some(InstalledModule { name: Symbol::new(&found.name), is_package: found.is_package, source, ir })
    };
    read.into_iter().filter_map(module).collect()
}

/// A file that was read and lowered.
pub type Module = (SourceFile, IrModule);

/// Reads, decodes and lowers in parallel. The order is that of the files.
fn read_modules(
    files: &[InputFile],
    observer: &dyn Observer,
    problems: &mut Vec<Problem>,
    hashes: &mut Hashes,
) -> Vec<Module> {
    let read = read_each(&files.iter().collect::<Vec<_>>(), observer);
    let mut modules = Vec::with_capacity(read.len());
    for (file, read) in files.iter().zip(read) {
        modules.extend(read.module);
        problems.extend(read.problems);
        hashes.extend(read.hash.map(|hash| (file.name.clone(), hash)));
    }
    modules
}

/// The same, file by file.
pub fn read_each(files: &[&InputFile], observer: &dyn Observer) -> Vec<Read> {
    files
        .par_iter()
        .map(|file| {
            // One file that brings lowering down costs that file only.
            let done = catch_unwind(AssertUnwindSafe(|| read_module(file)));
            observer.advance();
            done.unwrap_or_else(|_| {
                let message = "not analysed: an internal error, please report it".to_owned();
                let problem = Problem { path: file.shown.clone(), line: None, message };
                Read { module: None, hash: None, problems: vec![problem] }
            })
        })
        .collect()
}

/// What reading a file gave.
pub struct Read {
    pub module: Option<Module>,
    pub hash: Option<[u8; 32]>,
    pub problems: Vec<Problem>,
}

fn read_module(file: &InputFile) -> Read {
    let problem = |line: Option<u32>, message: String| Problem { path: file.shown.clone(), line, message };
    let bytes = match std::fs::read(&file.path) {
        Ok(bytes) => bytes,
        Err(error) => {
            let problem = problem(None, format!("could not be read: {}", describe(&error)));
            return Read { module: None, hash: None, problems: vec![problem] };
        }
    };
    let hash = Some(cache::hash(&bytes));
    let (source, found) = SourceFile::from_bytes(file.name.clone(), &bytes);
    drop(bytes);
    let mut problems: Vec<Problem> = found.into_iter().map(|it| problem(it.line, it.message)).collect();
    let lowered = vansire_python::lower(&source);
    // What follows the first error of a file mostly follows from it.
    if let Some(first) = lowered.errors.first() {
        let cell = first.cell.map(|cell| format!(" (in cell {cell})")).unwrap_or_default();
        let more = match lowered.errors.len() - 1 {
            0 => String::new(),
            1 => ", and 1 more error".to_owned(),
            more => format!(", and {more} more errors"),
        };
        problems.push(problem(Some(first.line), format!("{}{cell}{more}", first.message)));
    }
    Read { module: Some((source, lowered.module)), hash, problems }
}
