//! The form in which results are kept.

use serde::{Deserialize, Serialize};
use vansire_finding::{
    Confidence, Edit, Finding, Fix, Location, Position, Problem, RuleMetadata, Severity, TraceStep,
};
use vansire_flow::Analysis;

#[derive(Serialize, Deserialize)]
pub struct Entry {
    findings: Vec<KeptFinding>,
    statistics: Vec<(String, u64)>,
    problems: Vec<(String, Option<u32>, String)>,
}

/// As the engine gives it: before suppressions, fingerprints and lines of text are added.
#[derive(Serialize, Deserialize)]
struct KeptFinding {
    rule: String,
    severity: u8,
    confidence: u8,
    message: String,
    place: Place,
    trace: Vec<(Place, String)>,
    related: Vec<(Place, String)>,
    scope: String,
    fix: Option<KeptFix>,
}

/// A path, the cell of a notebook, line and column of the start and of the end.
type Place = (String, Option<u32>, [u32; 4]);

/// What it does, whether it is safe, what replaces what.
type KeptFix = (String, bool, Vec<(Place, String)>);

impl Entry {
    pub fn new(analysis: &Analysis, problems: &[Problem]) -> Self {
        Self {
            findings: analysis.findings.iter().map(keep).collect(),
            statistics: analysis.statistics.iter().map(|(name, count)| (name.clone(), *count)).collect(),
            problems: problems.iter().map(|it| (it.path.clone(), it.line, it.message.clone())).collect(),
        }
    }

    /// None if it speaks of something that this build doesn't know.
    pub fn restore(self) -> Option<(Analysis, Vec<Problem>)> {
        let findings = self.findings.into_iter().map(restore).collect::<Option<_>>()?;
        let problems =
            self.problems.into_iter().map(|(path, line, message)| Problem { path, line, message }).collect();
        let statistics = self.statistics.into_iter().collect();
        Some((Analysis { findings, statistics, ..Analysis::default() }, problems))
    }
}

fn keep(finding: &Finding) -> KeptFinding {
    let steps = |steps: &[TraceStep]| -> Vec<(Place, String)> {
        steps.iter().map(|step| (place(&step.location), step.message.clone())).collect()
    };
    KeptFinding {
        rule: finding.rule.name.to_owned(),
        severity: finding.severity as u8,
        confidence: finding.confidence as u8,
        message: finding.message.clone(),
        place: place(&finding.location),
        trace: steps(&finding.trace),
        related: steps(&finding.related),
        scope: finding.fingerprint.clone(),
        fix: finding.fix.as_ref().map(|fix| {
            let edits = fix.edits.iter().map(|edit| (place(&edit.location), edit.replacement.clone()));
            (fix.message.clone(), fix.safe, edits.collect())
        }),
    }
}

fn restore(kept: KeptFinding) -> Option<Finding> {
    let steps = |steps: Vec<(Place, String)>| -> Vec<TraceStep> {
        steps.into_iter().map(|(place, message)| TraceStep { location: location(place), message }).collect()
    };
    Some(Finding {
        rule: rule(&kept.rule)?,
        code: None,
        severity: *Severity::ALL.get(usize::from(kept.severity))?,
        confidence: *Confidence::ALL.get(usize::from(kept.confidence))?,
        message: kept.message,
        location: location(kept.place),
        trace: steps(kept.trace),
        related: steps(kept.related),
        fingerprint: kept.scope,
        content_fingerprint: String::new(),
        snippet: String::new(),
        fix: kept.fix.map(|(message, safe, edits)| Fix {
            message,
            safe,
            edits: edits
                .into_iter()
                .map(|(place, replacement)| Edit { location: location(place), replacement })
                .collect(),
        }),
        suppression: None,
    })
}

fn rule(name: &str) -> Option<&'static RuleMetadata> {
    vansire_rules::rules().iter().map(|rule| rule.metadata).find(|rule| rule.name == name)
}

fn place(location: &Location) -> Place {
    let Location { path, start, end, cell } = location;
    (path.clone(), *cell, [start.line, start.column, end.line, end.column])
}

fn location((path, cell, [line, column, end_line, end_column]): Place) -> Location {
    Location {
        path,
        start: Position { line, column },
        end: Position { line: end_line, column: end_column },
        cell,
    }
}
