//! The baseline: findings that were there before and don't count, known by their fingerprints.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use vansire_finding::{Finding, Suppression};
use vansire_python::SourceFile;

use crate::{Error, write};

mod secrets;

use secrets::Secrets;

/// The version of the file's form.
const SCHEMA: u32 = 2;

/// The version before entries knew their code without the path. It is still read.
const OLD_SCHEMA: u32 = 1;

/// The findings that are accepted.
#[derive(Debug, Default)]
pub struct Baseline {
    entries: BTreeMap<String, Entry>,
    /// What Bandit reported once: by path and test, the lines.
    bandit: BTreeMap<(String, String), Vec<u32>>,
    /// What detect-secrets knew.
    secrets: Secrets,
}

/// As it is written.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    schema: u32,
    findings: BTreeMap<String, Entry>,
}

/// For people who read the file: what the fingerprint stands for. No lines, so that the file only
/// changes when the findings do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    rule: String,
    path: String,
    /// The fingerprint without the path.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    content: String,
    /// Why it is accepted: for people to write.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// The last day on which it is accepted, `2027-01-31`: for people to write.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "date")]
    until: Option<Date>,
}

/// What is said of a date that is none.
const DATE: &str = "a date is written `2027-01-31`";

fn date<'d, D: serde::Deserializer<'d>>(deserializer: D) -> Result<Option<Date>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    text.map(|text| text.parse().map_err(|_| serde::de::Error::custom(DATE))).transpose()
}

/// An accepted finding that isn't there any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gone {
    pub rule: String,
    pub path: String,
}

/// A report of Bandit's, as far as it matters.
#[derive(Deserialize)]
struct BanditReport {
    results: Vec<BanditResult>,
}

#[derive(Deserialize)]
struct BanditResult {
    filename: String,
    line_number: u32,
    test_id: String,
}

impl Baseline {
    /// Reads a baseline of ours, a report that Bandit wrote as JSON, or a baseline of detect-secrets.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let text = std::fs::read_to_string(path).map_err(|error| {
            Error::file("read the baseline", path, &error)
                .with_hint("`--write-baseline FILE` writes one from the findings of this run")
        })?;
        if let Ok(report) = serde_json::from_str::<BanditReport>(&text) {
            return Ok(Self::of_bandit(report));
        }
        if let Ok(document) = serde_json::from_str::<secrets::Document>(&text) {
            return Ok(Self { secrets: Secrets::of(document), ..Self::default() });
        }
        let document: Document = serde_json::from_str(&text).map_err(|error| {
            // What the form should have been says nothing to people.
            let what = match error.to_string() {
                message if message.contains(DATE) => DATE.to_owned(),
                _ if error.is_data() => "it has another form".to_owned(),
                message => message,
            };
            Error::new(format!("`{}:{}` is not a baseline: {what}", path.display(), error.line()))
                .with_hint("`--write-baseline FILE` writes one from the findings of this run")
        })?;
        if !(OLD_SCHEMA..=SCHEMA).contains(&document.schema) {
            return Err(Error::new(format!(
                "`{}` has schema {}, this version reads {OLD_SCHEMA} to {SCHEMA}",
                path.display(),
                document.schema
            )));
        }
        Ok(Self { entries: document.findings, ..Self::default() })
    }

    fn of_bandit(report: BanditReport) -> Self {
        let mut bandit = BTreeMap::<_, Vec<u32>>::new();
        for result in report.results {
            let path = result.filename.replace('\\', "/");
            let path = path.strip_prefix("./").unwrap_or(&path).to_owned();
            bandit.entry((path, result.test_id)).or_default().push(result.line_number);
        }
        Self { bandit, ..Self::default() }
    }

    /// The baseline that accepts these findings. What people wrote into `earlier` of those that stay is kept.
    pub fn of<'a>(findings: impl IntoIterator<Item = &'a Finding>, earlier: Option<&Self>) -> Self {
        let mut by_content = BTreeMap::<&str, &Entry>::new();
        if let Some(earlier) = earlier {
            by_content.extend(earlier.entries.values().map(|entry| (entry.content.as_str(), entry)));
        }
        let entries = findings.into_iter().map(|finding| {
            let known = earlier.and_then(|earlier| earlier.entries.get(&finding.fingerprint));
            let known = known.or_else(|| by_content.get(finding.content_fingerprint.as_str()).copied());
            let entry = Entry {
                rule: finding.rule.name.to_owned(),
                path: finding.location.path.clone(),
                content: finding.content_fingerprint.clone(),
                reason: known.and_then(|entry| entry.reason.clone()),
                until: known.and_then(|entry| entry.until),
            };
            (finding.fingerprint.clone(), entry)
        });
        Self { entries: entries.collect(), ..Self::default() }
    }

    pub fn write(&self, path: &Path) -> Result<(), Error> {
        let document = Document { schema: SCHEMA, findings: self.entries.clone() };
        let mut text =
            serde_json::to_string_pretty(&document).map_err(|error| Error::new(error.to_string()))?;
        text.push('\n');
        write::replace(path, &text).map_err(|error| Error::file("write", path, &error))
    }

    /// Marks the findings that the baseline accepts, and returns those of its entries whose findings are gone.
    /// `findings` have the paths that people see; `looked_at` says whether a file was part of this run, or is no more,
    /// `text` gives the text of one.
    pub fn apply<'t>(
        &self,
        findings: &mut [Finding],
        looked_at: &dyn Fn(&str) -> bool,
        text: &dyn Fn(&str) -> Option<&'t SourceFile>,
    ) -> Vec<Gone> {
        self.secrets.apply(findings, text);
        let today = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date();
        self.apply_on(today, findings, looked_at)
    }

    fn apply_on(&self, today: Date, findings: &mut [Finding], looked_at: &dyn Fn(&str) -> bool) -> Vec<Gone> {
        let mut left: BTreeMap<&str, &Entry> =
            self.entries.iter().map(|(mark, entry)| (mark.as_str(), entry)).collect();
        let accept = |finding: &mut Finding, entry: &Entry| {
            // Past its date an entry has been found, and counts again.
            if finding.suppression.is_none() && entry.until.is_none_or(|until| today <= until) {
                finding.suppression = Some(Suppression { kind: "baseline", reason: entry.reason.clone() });
            }
        };
        let mut unknown = Vec::new();
        for finding in &mut *findings {
            match left.remove(finding.fingerprint.as_str()) {
                Some(entry) => accept(finding, entry),
                None => unknown.push(finding),
            }
        }
        // The same code in a file of another name.
        let mut by_content = BTreeMap::<&str, Vec<&str>>::new();
        for (mark, entry) in left.iter().filter(|(_, entry)| !entry.content.is_empty()) {
            by_content.entry(&entry.content).or_default().push(mark);
        }
        for finding in unknown {
            let marks = by_content.get_mut(finding.content_fingerprint.as_str());
            if let Some(entry) = marks.and_then(Vec::pop).and_then(|mark| left.remove(mark)) {
                accept(finding, entry);
            }
        }
        self.apply_bandit(findings);
        let gone = left.into_values().filter(|entry| looked_at(&entry.path));
        gone.map(|entry| Gone { rule: entry.rule.clone(), path: entry.path.clone() }).collect()
    }

    /// Of each of Bandit's tests as many findings of a file are accepted as there were, the nearest first.
    fn apply_bandit(&self, findings: &mut [Finding]) {
        for ((path, test), lines) in &self.bandit {
            let is_this = |finding: &Finding| {
                let same_test = finding
                    .code
                    .map_or_else(|| finding.rule.aliases.contains(&test.as_str()), |code| code == test);
                is_same_file(&finding.location.path, path) && same_test && finding.suppression.is_none()
            };
            let mut candidates: Vec<usize> =
                (0..findings.len()).filter(|&index| is_this(&findings[index])).collect();
            let mut taken = BTreeSet::new();
            for line in lines {
                candidates.sort_by_key(|&index| findings[index].location.start.line.abs_diff(*line));
                let free = candidates.iter().find(|index| !taken.contains(*index)).copied();
                taken.extend(free);
            }
            for index in taken {
                findings[index].suppression = Some(Suppression { kind: "baseline", reason: None });
            }
        }
    }

    pub fn len(&self) -> usize {
        self.entries.len()
    }

    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

/// Whether two paths name the same file, from folders of which one lies in the other.
fn is_same_file(one: &str, other: &str) -> bool {
    one == other || other.ends_with(&format!("/{one}")) || one.ends_with(&format!("/{other}"))
}

#[cfg(test)]
mod tests;
