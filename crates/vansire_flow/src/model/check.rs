//! Checks of values that are wrong in themselves, compiled.

use vansire_finding::{Confidence, Severity};
use vansire_python::Symbol;

use super::compiler::Compiler;
use super::port::Port;
use super::raw::{ModelError, ModelFile, Names, RawCheck, RawSetting, Scalar};
use super::set::{ConditionModel, ModelSet, Words, add_word_of};

#[derive(Clone, Debug)]
pub struct Check {
    pub rule: Symbol,
    pub when: Vec<ConditionModel>,
    pub unless: Vec<ConditionModel>,
    pub message: Box<str>,
    pub at: Option<Port>,
    pub purpose: CheckPurpose,
    pub severity: Option<Severity>,
    pub confidence: Option<Confidence>,
    /// Only in bodies that mention one of these names, and none of those.
    pub mentions: Vec<Symbol>,
    pub unless_mentions: Vec<Symbol>,
    /// Not where the receiver's class is of the project and sees to the matter in one of these methods.
    pub unless_overridden: Vec<Symbol>,
    /// Not where the same body gives the same variable to the same call in a way that is all right.
    pub same: Option<Port>,
    /// Not where this rule has found a flow in the same call.
    pub covered_by: Option<Symbol>,
    /// The call is everywhere: other names for it aren't looked for.
    pub by_text: bool,
    /// Only where somebody asks for its rule.
    pub guess: bool,
}

/// Names that bodies must mention to matter to a check, in files that have one of these texts in them.
#[derive(Debug)]
pub struct WordsByText {
    pub words: Words,
    pub texts: Vec<String>,
}

/// The words of checks that ask for these texts.
pub(super) fn words_of<'w>(
    plain: &'w mut Words,
    by_text: &'w mut Vec<WordsByText>,
    texts: &Names,
) -> &'w mut Words {
    let texts: Vec<String> = texts.iter().map(str::to_owned).collect();
    if texts.is_empty() {
        return plain;
    }
    let at = by_text.iter().position(|one| one.texts == texts).unwrap_or_else(|| {
        by_text.push(WordsByText { words: Words::default(), texts });
        by_text.len() - 1
    });
    &mut by_text[at].words
}

/// Whether it matters to a check what a value is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CheckPurpose {
    #[default]
    Any,
    /// Only where the result is kept under the name of a secret.
    Secret,
    /// Less sure where the result only tells things apart.
    Digest,
    /// The same, where a digest or an encoding is made of it.
    SecretDigest,
    /// Only where nobody looks at the result.
    Dropped,
}

impl Check {
    pub(super) fn compile(raw: &RawCheck, compiler: &Compiler<'_>) -> Result<Self, ModelError> {
        let severity = severity(raw.severity.as_deref(), compiler)?;
        let confidence = confidence(raw.confidence.as_deref(), compiler)?;
        let purpose = match raw.purpose.as_deref() {
            None => CheckPurpose::Any,
            Some("secret") => CheckPurpose::Secret,
            Some("digest") => CheckPurpose::Digest,
            Some("secret-digest") => CheckPurpose::SecretDigest,
            Some("dropped") => CheckPurpose::Dropped,
            Some(other) => {
                let message =
                    format!("`{other}` is no purpose; `secret`, `secret-digest`, `digest` and `dropped` are");
                return Err(compiler.error(other, message));
            }
        };
        Ok(Self {
            rule: Symbol::new(&raw.rule),
            when: compiler.conditions(&raw.when)?,
            unless: compiler.conditions(&raw.unless)?,
            message: raw.message.clone().into(),
            at: raw.at.as_deref().map(|text| compiler.port(text)).transpose()?,
            purpose,
            severity,
            confidence,
            mentions: raw.mentions.iter().map(Symbol::new).collect(),
            unless_mentions: raw.unless_mentions.iter().map(Symbol::new).collect(),
            unless_overridden: raw.unless_overridden.iter().map(Symbol::new).collect(),
            same: raw.unless_also.as_deref().map(|text| compiler.port(text)).transpose()?,
            covered_by: raw.covered_by.as_deref().map(Symbol::new),
            by_text: raw.text_has.iter().next().is_some(),
            guess: raw.guess,
        })
    }
}

impl ModelSet {
    pub(super) fn add_checks(
        &mut self,
        file: &ModelFile,
        compiler: &Compiler<'_>,
        wanted: bool,
    ) -> Result<(), ModelError> {
        for raw in &file.check {
            let bound = compiler.version_bound(
                raw.before.as_deref(),
                raw.since.as_deref(),
                raw.python_before.as_deref(),
                raw.python_since.as_deref(),
            );
            if !bound.holds(compiler.versions) {
                continue;
            }
            let check = Check::compile(raw, compiler)?;
            let mut word = |name: &str| {
                if wanted {
                    let plain = if check.guess {
                        self.guess_words.entry(check.rule).or_default()
                    } else {
                        &mut self.check_words
                    };
                    let words = words_of(plain, &mut self.checks_by_text, &raw.text_has);
                    add_word_of(words, name, &file.imports);
                }
                Symbol::new(name)
            };
            for name in raw.call.iter() {
                let name = word(name);
                self.functions.entry(name).or_default().checks.push(check.clone());
            }
            for name in raw.set.iter() {
                let name = word(name);
                self.set_attribute.entry(name).or_default().checks.push(check.clone());
            }
            for name in raw.set_item.iter() {
                let name = word(name);
                self.set_item.entry(name).or_default().checks.push(check.clone());
            }
        }
        Ok(())
    }
}

fn severity(text: Option<&str>, compiler: &Compiler<'_>) -> Result<Option<Severity>, ModelError> {
    let Some(text) = text else { return Ok(None) };
    match Severity::ALL.into_iter().find(|one| one.as_str() == text) {
        None => Err(compiler.error(text, format!("`{text}` is no severity"))),
        known => Ok(known),
    }
}

fn confidence(text: Option<&str>, compiler: &Compiler<'_>) -> Result<Option<Confidence>, ModelError> {
    let Some(text) = text else { return Ok(None) };
    match Confidence::ALL.into_iter().find(|one| one.as_str() == text) {
        None => Err(compiler.error(text, format!("`{text}` is no confidence"))),
        known => Ok(known),
    }
}

/// A setting that is wrong in itself, compiled.
#[derive(Clone, Debug)]
pub struct Setting {
    pub rule: Symbol,
    pub is: Option<Vec<Scalar>>,
    pub contains: Option<Box<str>>,
    pub first: Option<Vec<String>>,
    /// Only where one of these is set beside it.
    pub beside: Vec<Symbol>,
    /// Only where this is set beside it, to one of these.
    pub with: Option<(Symbol, Vec<Scalar>)>,
    pub message: Box<str>,
    pub severity: Option<Severity>,
    pub confidence: Option<Confidence>,
}

impl Setting {
    pub(super) fn compile(raw: &RawSetting, compiler: &Compiler<'_>) -> Result<Self, ModelError> {
        if raw.is.is_none() && raw.contains.is_none() && raw.first.is_none() {
            let message = "a setting needs `is`, `contains` or `first`".to_owned();
            return Err(compiler.error("[[setting]]", message));
        }
        Ok(Self {
            rule: Symbol::new(&raw.rule),
            is: raw.is.clone(),
            contains: raw.contains.as_deref().map(Into::into),
            first: raw.first.clone(),
            beside: raw.beside.iter().map(Symbol::new).collect(),
            with: raw
                .with_name
                .as_deref()
                .map(|name| (Symbol::new(name), raw.with_is.clone().unwrap_or_default())),
            message: raw.message.clone().into(),
            severity: severity(raw.severity.as_deref(), compiler)?,
            confidence: confidence(raw.confidence.as_deref(), compiler)?,
        })
    }
}
