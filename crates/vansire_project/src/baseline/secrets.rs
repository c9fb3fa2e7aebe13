//! Baselines of detect-secrets: by file, SHA-1 hashes of the secrets that are known.
//!
//! Source of the form: <https://github.com/Yelp/detect-secrets/blob/master/docs/design.md>.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use serde::Deserialize;
use sha1::{Digest, Sha1};
use vansire_finding::{Finding, Location, Suppression};
use vansire_python::SourceFile;

/// The rules whose findings are about a secret in the code.
const RULES: [&str; 2] = ["hardcoded-secret", "hardcoded-secret-key"];

/// What detect-secrets wrote, as far as it matters.
#[derive(Deserialize)]
pub struct Document {
    results: BTreeMap<String, Vec<Entry>>,
}

#[derive(Deserialize)]
struct Entry {
    hashed_secret: String,
    /// What somebody said of it in an audit.
    is_secret: Option<bool>,
}

/// The hashes of known secrets by path, with whether an audit said that it is none.
#[derive(Debug, Default)]
pub struct Secrets {
    by_path: BTreeMap<String, BTreeMap<String, bool>>,
}

impl Secrets {
    pub fn of(document: Document) -> Self {
        let by_path = document.results.into_iter().map(|(path, entries)| {
            let entries = entries
                .into_iter()
                .map(|entry| (entry.hashed_secret.to_ascii_lowercase(), entry.is_secret == Some(false)));
            let path = path.replace('\\', "/");
            (path.strip_prefix("./").unwrap_or(&path).to_owned(), entries.collect())
        });
        Self { by_path: by_path.collect() }
    }

    /// Marks findings whose secret is known in their file. `text` gives a file by the path that people see.
    pub fn apply<'t>(&self, findings: &mut [Finding], text: &dyn Fn(&str) -> Option<&'t SourceFile>) {
        let mut literals = BTreeMap::<String, Vec<(u32, u32, String)>>::new();
        for finding in findings {
            if finding.suppression.is_some() || !RULES.contains(&finding.rule.name) {
                continue;
            }
            let path = &finding.location.path;
            let known = self.by_path.iter().find(|(known, _)| super::is_same_file(path, known));
            let Some((_, hashes)) = known else { continue };
            let literals =
                literals.entry(path.clone()).or_insert_with(|| text(path).map(read).unwrap_or_default());
            // What is in the code may stand elsewhere than where it is used.
            let steps = finding.trace.iter().chain(&finding.related).map(|step| &step.location);
            let here: Vec<&Location> =
                steps.chain([&finding.location]).filter(|place| place.path == *path).collect();
            let is_here = |(first, last, _): &&(u32, u32, String)| {
                here.iter().any(|place| *first <= place.end.line && place.start.line <= *last)
            };
            let found = literals.iter().filter(is_here).find_map(|(.., literal)| {
                candidates(literal).into_iter().find_map(|one| hashes.get(&hash(one)))
            });
            if let Some(&is_none) = found {
                let reason = is_none.then(|| "an audit by detect-secrets: not a secret".to_owned());
                finding.suppression = Some(Suppression { kind: "baseline", reason });
            }
        }
    }
}

/// The literals of a file with the lines that they stand on, as they mean and as they are written.
fn read(source: &SourceFile) -> Vec<(u32, u32, String)> {
    let lowered = vansire_python::lower(source);
    let mut literals = Vec::new();
    for (span, text) in vansire_rules::literals::texts(&lowered.module) {
        let (first, _, last, ..) = source.location(span);
        let written = source.text_of(span);
        let inner = written.trim_start_matches(|character: char| character.is_ascii_alphabetic());
        let inner = inner.trim_matches(['"', '\'']);
        if inner != text {
            literals.push((first, last, inner.to_owned()));
        }
        literals.push((first, last, text));
    }
    literals
}

/// What detect-secrets may have taken for the secret in a text: all of it, the password of an address, the head of a key,
/// or a word.
fn candidates(text: &str) -> BTreeSet<&str> {
    let mut all = BTreeSet::from([text, text.trim()]);
    if let Some((_, rest)) = text.split_once("://")
        && let Some((credentials, _)) = rest.split_once('@')
        && let Some((_, password)) = credentials.split_once(':')
    {
        all.insert(password);
    }
    if let Some((_, rest)) = text.split_once("BEGIN ")
        && let Some(end) = rest.find("PRIVATE KEY")
    {
        let start = text.len() - rest.len() - "BEGIN ".len();
        all.insert(&text[start..start + "BEGIN ".len() + end + "PRIVATE KEY".len()]);
    }
    let is_word = |character: char| {
        character.is_ascii_alphanumeric() || matches!(character, '_' | '-' | '+' | '/' | '=' | '.')
    };
    all.extend(text.split(|character| !is_word(character)).filter(|word| !word.is_empty()));
    all
}

fn hash(text: &str) -> String {
    Sha1::digest(text.as_bytes()).iter().fold(String::new(), |mut hash, byte| {
        let _ = write!(hash, "{byte:02x}");
        hash
    })
}

#[cfg(test)]
mod tests {
    use super::{candidates, hash};

    #[test]
    fn hashes_are_those_of_the_tool() {
        // `hashlib.sha1(b"hunter2").hexdigest()`
        assert_eq!(hash("hunter2"), "f3bbbd66a63d4bf1747940578ec3d0103530e21d");
    }

    #[test]
    fn what_can_be_the_secret() {
        let has = |text: &str, secret: &str| candidates(text).contains(secret);
        assert!(has("postgres://bob:hunter22@db/x", "hunter22"));
        assert!(has("-----BEGIN RSA PRIVATE KEY-----\nabc\n", "BEGIN RSA PRIVATE KEY"));
        assert!(has("token AKIAQWERTYUIOPASDFGH;", "AKIAQWERTYUIOPASDFGH"));
        assert!(has("a b&c", "a b&c"));
        assert!(!has("abc", "ab"));
    }
}
