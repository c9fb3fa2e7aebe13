//! The analysis of what was discovered: whole, or, where a tree is large, in parts that are analysed at the same time
//! and kept each for itself, so that an edit costs the parts that it concerns.

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};
use vansire_finding::{Finding, Problem};
use vansire_flow::Analysis;
use vansire_flow::model::ModelSet;
use vansire_python::{FileId, MINIMUM_PART, Part, Program, SharedModule, Symbol};

use crate::Error;
use crate::cache::{Cache, Key, KeyBuilder, identity};
use crate::discovery::InputFile;
use crate::reading::read_each;
use crate::run::{
    Content, Observer, Phase, Work, add_files, add_work, analyse, compile_models, run_analysis,
};

/// What came out.
pub struct Analysed {
    pub analysis: Analysis,
    pub problems: Vec<Problem>,
    /// What was analysed, where it was analysed whole.
    pub program: Option<Program>,
}

/// What is known of a file without reading it again.
#[derive(Clone, Serialize, Deserialize)]
struct Outline {
    /// What it imports by absolute and by relative names; none where it couldn't be read.
    imports: Option<Imports>,
    size: u64,
    problems: Vec<(Option<u32>, String)>,
}

/// As in [`vansire_python::ir::IrModule`].
type Imports = (Vec<String>, Vec<String>);

/// Outlines by the hash of the path and the content.
type Outlines = FxHashMap<[u8; 32], Outline>;

/// The files of a run, as far as they had to be read.
struct Files<'a> {
    inputs: &'a [InputFile],
    outlines: Vec<Option<Outline>>,
    modules: Vec<Option<SharedModule>>,
    observer: &'a dyn Observer,
}

/// Everything that an analysis in parts needs to know.
pub struct Run<'a> {
    pub version: &'a str,
    pub files: &'a [InputFile],
    pub contents: &'a [Content],
    pub work: &'a Work<'a>,
    pub cache: Option<&'a Cache>,
    pub observer: &'a dyn Observer,
}

impl Run<'_> {
    pub fn analyse(&self) -> Result<Analysed, Error> {
        let mut files = Files {
            inputs: self.files,
            outlines: self.known_outlines(),
            modules: vec![None; self.files.len()],
            observer: self.observer,
        };
        let unknown: Vec<usize> =
            (0..files.inputs.len()).filter(|&index| files.outlines[index].is_none()).collect();
        files.read(&unknown);
        let total: u64 = (0..self.files.len()).map(|index| files.size(index)).sum();
        if !self.work.may_be_divided() || total < 2 * MINIMUM_PART {
            return self.analyse_whole(&mut files);
        }
        let (models, parts) = self.divide(&files)?;
        if parts.len() < 2 {
            return self.analyse_whole(&mut files);
        }
        let analyses = self.analyse_parts(&parts, &models, &mut files);
        if let Some(cache) = self.cache
            && !unknown.is_empty()
        {
            let _ = cache.write_entry(&self.outlines_key(), &self.keep_outlines(&files));
        }
        Ok(Analysed { analysis: merge(analyses), problems: files.problems(), program: None })
    }

    fn analyse_whole(&self, files: &mut Files<'_>) -> Result<Analysed, Error> {
        files.read_all();
        self.observer.enter(Phase::Analyse);
        let program = Program::link_part(files.take_modules());
        let models = compile_models(&program, self.work, self.work.options)?;
        let analysis = run_analysis(&program, &models, self.work);
        Ok(Analysed { analysis, problems: files.problems(), program: Some(program) })
    }

    /// The parts, by the numbers of this run's files, and the models for all of them.
    fn divide(&self, files: &Files<'_>) -> Result<(ModelSet, Vec<Part>), Error> {
        let (numbers, outline) = files.outline();
        let sizes: Vec<u64> = numbers.iter().map(|&index| files.size(index)).collect();
        let models = compile_models(&outline, self.work, self.work.options)?;
        // What models say of a package counts for more than what can be told from its code; models of the user's own
        // may add to what the code of the project says.
        let own = self.work.modelled_by_user();
        let described = |top: Symbol| models.packages.contains(&top) && !own.contains(&top);
        let own_numbers = |ids: Vec<FileId>| {
            ids.into_iter().map(|FileId(id)| FileId(numbers[id as usize] as u32)).collect()
        };
        let parts = outline
            .divide(&sizes, &described)
            .into_iter()
            .map(|part| Part { own: own_numbers(part.own), needed: own_numbers(part.needed) })
            .collect();
        Ok((models, parts))
    }

    fn analyse_parts(&self, parts: &[Part], models: &ModelSet, files: &mut Files<'_>) -> Vec<Analysis> {
        let kept: Vec<Option<(&Cache, Key)>> =
            parts.iter().map(|part| self.cache.map(|cache| (cache, self.part_key(part, models)))).collect();
        let mut known: Vec<Option<Analysis>> = kept
            .iter()
            .map(|kept| kept.as_ref().and_then(|(cache, key)| cache.load(key)).map(|(analysis, _)| analysis))
            .collect();
        let mut missing: Vec<usize> = (0..parts.len()).filter(|&number| known[number].is_none()).collect();
        let wanted: BTreeSet<usize> = missing
            .iter()
            .flat_map(|&number| parts[number].own.iter().chain(&parts[number].needed))
            .map(|FileId(id)| *id as usize)
            .collect();
        files.read(&wanted.into_iter().collect::<Vec<_>>());
        // What nobody needs has been dealt with.
        files.modules.iter().filter(|module| module.is_none()).for_each(|_| self.observer.advance());
        self.observer.enter(Phase::Analyse);
        // The largest first: the others fill up the time of the other threads.
        let size = |number: usize| -> u64 {
            parts[number].own.iter().map(|FileId(id)| files.size(*id as usize)).sum()
        };
        missing.sort_by_key(|&number| (std::cmp::Reverse(size(number)), number));
        let slots: Vec<OnceLock<Analysis>> = parts.iter().map(|_| OnceLock::new()).collect();
        let files = &*files;
        rayon::scope_fifo(|scope| {
            for &number in &missing {
                let (part, slot) = (&parts[number], &slots[number]);
                scope.spawn_fifo(move |_| {
                    let _ = slot.set(analyse(&files.link(part), models, self.work));
                });
            }
        });
        for (number, slot) in slots.into_iter().enumerate() {
            let Some(analysis) = slot.into_inner() else { continue };
            if let Some((cache, key)) = &kept[number]
                && analysis.failures.is_empty()
            {
                // A full or read-only disk costs the next run its time, and nothing else.
                let _ = cache.store(key, &analysis, &[]);
            }
            known[number] = Some(analysis);
        }
        known.into_iter().flatten().collect()
    }

    /// Everything that what is found in a part depends on.
    fn part_key(&self, part: &Part, models: &ModelSet) -> Key {
        let mut key = KeyBuilder::default();
        key.add(b"part");
        key.add(identity(self.version).as_bytes());
        add_work(&mut key, self.work);
        // Which models were loaded depends on what is imported anywhere.
        let mut loaded: Vec<&str> = models.loaded.iter().map(|name| name.as_str()).collect();
        loaded.sort_unstable();
        loaded.iter().for_each(|name| key.add(name.as_bytes()));
        for ids in [&part.own, &part.needed] {
            key.add(b"files");
            let one = |FileId(id): &FileId| (&self.files[*id as usize], &self.contents[*id as usize]);
            add_files(&mut key, ids.iter().map(one));
        }
        key.finish()
    }

    fn outlines_key(&self) -> Key {
        let mut key = KeyBuilder::default();
        key.add(b"outlines");
        key.add(identity(self.version).as_bytes());
        key.finish()
    }

    fn outline_name(&self, index: usize) -> Option<[u8; 32]> {
        let content = self.contents[index].as_ref().ok()?;
        // A notebook is told by its name.
        Some(crate::cache::hash(&[self.files[index].name.as_bytes(), b"\0", content].concat()))
    }

    fn known_outlines(&self) -> Vec<Option<Outline>> {
        let Some(kept) = self.cache.and_then(|cache| cache.read_entry::<Outlines>(&self.outlines_key()))
        else {
            return vec![None; self.files.len()];
        };
        let known = |index: usize| self.outline_name(index).and_then(|name| kept.get(&name).cloned());
        (0..self.files.len()).map(known).collect()
    }

    fn keep_outlines(&self, files: &Files<'_>) -> Outlines {
        (0..self.files.len())
            .filter_map(|index| Some((self.outline_name(index)?, files.outlines[index].clone()?)))
            .collect()
    }
}

impl Files<'_> {
    /// Reads those of the files that weren't read yet.
    fn read(&mut self, wanted: &[usize]) {
        let wanted: Vec<usize> =
            wanted.iter().copied().filter(|&index| self.modules[index].is_none()).collect();
        let inputs: Vec<&InputFile> = wanted.iter().map(|&index| &self.inputs[index]).collect();
        let read = read_each(&inputs, self.observer);
        for (index, read) in wanted.into_iter().zip(read) {
            let (imports, size) = match &read.module {
                Some((source, ir)) => {
                    let names =
                        |names: &[Symbol]| names.iter().map(|name| name.as_str().to_owned()).collect();
                    (Some((names(&ir.imports), names(&ir.relative_imports))), source.text.len() as u64)
                }
                None => (None, 0),
            };
            let problems = read.problems.into_iter().map(|problem| (problem.line, problem.message)).collect();
            self.outlines[index] = Some(Outline { imports, size, problems });
            self.modules[index] = read.module.map(|(source, ir)| (Arc::new(source), Arc::new(ir)));
        }
    }

    fn read_all(&mut self) {
        self.read(&(0..self.inputs.len()).collect::<Vec<_>>());
    }

    fn size(&self, index: usize) -> u64 {
        self.outlines[index].as_ref().map_or(0, |outline| outline.size)
    }

    /// The files that could be read, without their code, and which ones they are.
    fn outline(&self) -> (Vec<usize>, Program) {
        let mut numbers: FxHashMap<&str, usize> = FxHashMap::default();
        let mut files = Vec::with_capacity(self.inputs.len());
        for (index, (input, outline)) in self.inputs.iter().zip(&self.outlines).enumerate() {
            let imports = outline.as_ref().and_then(|outline| outline.imports.as_ref());
            if let Some((absolute, relative)) = imports {
                numbers.entry(&input.name).or_insert(index);
                let names = |names: &[String]| names.iter().map(|name| Symbol::new(name)).collect();
                files.push((input.name.clone(), names(absolute), names(relative)));
            }
        }
        let program = Program::outline(files);
        let number = |(_, file): (FileId, &vansire_python::ProgramFile)| numbers[file.source.path.as_str()];
        (program.files().map(number).collect(), program)
    }

    fn take_modules(&mut self) -> Vec<(SharedModule, bool)> {
        self.modules.iter_mut().filter_map(Option::take).map(|module| (module, true)).collect()
    }

    fn link(&self, part: &Part) -> Program {
        let module = |FileId(id): &FileId| self.modules[*id as usize].clone();
        let own = part.own.iter().filter_map(module).map(|module| (module, true));
        let needed = part.needed.iter().filter_map(module).map(|module| (module, false));
        Program::link_part(own.chain(needed).collect())
    }

    fn problems(&self) -> Vec<Problem> {
        let of = |(input, outline): (&InputFile, &Option<Outline>)| {
            let problem = |(line, message): &(Option<u32>, String)| Problem {
                path: input.shown.clone(),
                line: *line,
                message: message.clone(),
            };
            let problems = outline.iter().flat_map(|outline| &outline.problems);
            problems.map(problem).collect::<Vec<_>>()
        };
        self.inputs.iter().zip(&self.outlines).flat_map(of).collect()
    }
}

/// What was found in several parts, in their order. What is found in a place from two parts is one finding: the surer
/// one.
fn merge(analyses: Vec<Analysis>) -> Analysis {
    let mut merged = Analysis::default();
    let mut places: FxHashMap<(&'static str, vansire_finding::Location), usize> = FxHashMap::default();
    for analysis in analyses {
        for (name, count) in analysis.statistics {
            *merged.statistics.entry(name).or_default() += count;
        }
        for failure in analysis.failures {
            if !merged.failures.contains(&failure) {
                merged.failures.push(failure);
            }
        }
        for finding in analysis.findings {
            let place = (finding.rule.name, finding.location.clone());
            if let Some(&index) = places.get(&place) {
                let own: &mut Finding = &mut merged.findings[index];
                if finding.confidence > own.confidence {
                    *own = finding;
                }
            } else {
                places.insert(place, merged.findings.len());
                merged.findings.push(finding);
            }
        }
    }
    merged
}
