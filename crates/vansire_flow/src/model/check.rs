//! Checks of values that are wrong in themselves, compiled.

use vansire_finding::{Confidence, Severity};
use vansire_python::Symbol;

use super::compiler::Compiler;
use super::port::Port;
use super::raw::{ModelError, RawCheck};
use super::set::ConditionModel;

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
}

impl Check {
    pub(super) fn compile(raw: &RawCheck, compiler: &Compiler<'_>) -> Result<Self, ModelError> {
        let severity = match raw.severity.as_deref() {
            None => None,
            Some(text) => match Severity::ALL.into_iter().find(|one| one.as_str() == text) {
                None => return Err(compiler.error(text, format!("`{text}` is no severity"))),
                known => known,
            },
        };
        let confidence = match raw.confidence.as_deref() {
            None => None,
            Some(text) => match Confidence::ALL.into_iter().find(|one| one.as_str() == text) {
                None => return Err(compiler.error(text, format!("`{text}` is no confidence"))),
                known => known,
            },
        };
        let purpose = match raw.purpose.as_deref() {
            None => CheckPurpose::Any,
            Some("secret") => CheckPurpose::Secret,
            Some("digest") => CheckPurpose::Digest,
            Some(other) => {
                let message = format!("`{other}` is no purpose; `secret` and `digest` are");
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
        })
    }
}
