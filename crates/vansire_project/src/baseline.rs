//! The baseline: findings that were there before and don't count, known by their fingerprints.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};
use vansire_finding::{Finding, Suppression};

use crate::{Error, write};

/// The version of the file's form.
const SCHEMA: u32 = 1;

/// The findings that are accepted, by fingerprint.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    schema: u32,
    findings: BTreeMap<String, Entry>,
}

/// For people who read the file: what the fingerprint stands for. No lines, so that the file only
/// changes when the findings do.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    rule: String,
    path: String,
}

impl Baseline {
    pub fn read(path: &Path) -> Result<Self, Error> {
        let text = std::fs::read_to_string(path).map_err(|error| {
            Error::file("read the baseline", path, &error)
                .with_hint("`--write-baseline FILE` writes one from the findings of this run")
        })?;
        let baseline: Self = serde_json::from_str(&text).map_err(|error| {
            // What the form should have been says nothing to people.
            let what = if error.is_data() { "it has another form".to_owned() } else { error.to_string() };
            Error::new(format!("`{}:{}` is not a baseline: {what}", path.display(), error.line()))
                .with_hint("`--write-baseline FILE` writes one from the findings of this run")
        })?;
        if baseline.schema != SCHEMA {
            return Err(Error::new(format!(
                "`{}` has schema {}, this version reads {SCHEMA}",
                path.display(),
                baseline.schema
            )));
        }
        Ok(baseline)
    }

    /// The baseline that accepts these findings.
    pub fn of<'a>(findings: impl IntoIterator<Item = &'a Finding>) -> Self {
        let findings = findings.into_iter().map(|finding| {
            let entry = Entry { rule: finding.rule.name.to_owned(), path: finding.location.path.clone() };
            (finding.fingerprint.clone(), entry)
        });
        Self { schema: SCHEMA, findings: findings.collect() }
    }

    pub fn write(&self, path: &Path) -> Result<(), Error> {
        let mut text = serde_json::to_string_pretty(self).map_err(|error| Error::new(error.to_string()))?;
        text.push('\n');
        write::replace(path, &text).map_err(|error| Error::file("write", path, &error))
    }

    /// Marks the findings that the baseline accepts.
    pub fn apply(&self, findings: &mut [Finding]) {
        for finding in findings {
            if finding.suppression.is_none() && self.findings.contains_key(&finding.fingerprint) {
                finding.suppression = Some(Suppression { kind: "baseline", reason: None });
            }
        }
    }

    pub fn len(&self) -> usize {
        self.findings.len()
    }

    pub fn is_empty(&self) -> bool {
        self.findings.is_empty()
    }
}
