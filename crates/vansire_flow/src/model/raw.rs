//! The TOML form, as it is written.

use serde::Deserialize;

/// What is wrong with a model, and where.
#[derive(Debug, thiserror::Error)]
#[error("{message} in {path}:{line}")]
pub struct ModelError {
    pub path: String,
    pub line: usize,
    pub message: String,
}

/// One dotted name or several.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(untagged)]
pub enum Names {
    #[default]
    None,
    One(String),
    Many(Vec<String>),
}

impl Names {
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        match self {
            Self::None => [].iter(),
            Self::One(name) => std::slice::from_ref(name).iter(),
            Self::Many(names) => names.iter(),
        }
        .map(String::as_str)
    }

    pub fn is_empty(&self) -> bool {
        self.iter().next().is_none()
    }
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum Scalar {
    Boolean(bool),
    Integer(i64),
    Float(f64),
    /// `"None"` stands for `None`.
    Text(String),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ModelFile {
    pub schema: u32,
    pub package: String,
    #[serde(default)]
    pub imports: Vec<String>,
    #[serde(default)]
    pub alias: Vec<RawAlias>,
    /// Functions that give the names of an archive's members.
    #[serde(default, rename = "archive-names")]
    pub archive_names: Vec<String>,
    #[serde(default, rename = "type")]
    pub types: Vec<RawType>,
    #[serde(default)]
    pub function: Vec<RawFunction>,
    #[serde(default)]
    pub source: Vec<RawSource>,
    #[serde(default)]
    pub sink: Vec<RawSink>,
    #[serde(default)]
    pub step: Vec<RawStep>,
    #[serde(default)]
    pub guard: Vec<RawGuard>,
    #[serde(default)]
    pub entry: Vec<RawEntry>,
    #[serde(default)]
    pub check: Vec<RawCheck>,
    #[serde(default)]
    pub setting: Vec<RawSetting>,
    /// Functions whose arguments clients read.
    #[serde(default)]
    pub answers: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawAlias {
    pub name: Names,
    pub is: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawType {
    pub name: Names,
    #[serde(default)]
    pub bases: Vec<String>,
    #[serde(default)]
    pub attributes: std::collections::BTreeMap<String, String>,
    #[serde(default)]
    pub provided: std::collections::BTreeMap<String, String>,
    pub element: Option<String>,
    #[serde(default, rename = "or-text")]
    pub or_text: bool,
    pub awaits: Option<String>,
    pub enters: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawFunction {
    pub call: Names,
    pub returns: Option<String>,
    #[serde(default)]
    pub clean: bool,
    #[serde(default)]
    pub noreturn: bool,
    #[serde(default)]
    pub invokes: Vec<RawInvocation>,
    /// The argument that it gives back where nothing is configured.
    pub default: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawInvocation {
    pub function: String,
    #[serde(default)]
    pub arguments: Vec<String>,
    pub keywords: Option<String>,
    pub result: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawSource {
    #[serde(default)]
    pub at: Names,
    /// Every parameter of this name of the project's own functions; or the form of functions that a
    /// platform calls, see `Signature`.
    #[serde(default)]
    pub parameter: Names,
    #[serde(default)]
    pub read: Vec<String>,
    /// Which of them (as in `read`, or whole) give decoded documents: dictionaries and lists, not only text.
    #[serde(default)]
    pub documents: Vec<String>,
    pub kind: String,
    pub threat: String,
    #[serde(rename = "type")]
    pub type_name: Option<String>,
    pub chars: Option<String>,
    /// It always begins with a slash.
    #[serde(default)]
    pub rooted: bool,
    /// What its text always begins with.
    pub begins: Option<String>,
    /// A dictionary by the names that the program declares: its keys aren't the client's.
    #[serde(default)]
    pub declared: bool,
    /// It gives bytes where this argument isn't given.
    #[serde(rename = "bytes-unless")]
    pub bytes_unless: Option<String>,
    /// Kinds of sinks where it is seldom dangerous.
    #[serde(default)]
    pub seldom: Vec<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Condition {
    pub port: String,
    pub is: Option<Vec<Scalar>>,
    pub is_not: Option<Vec<Scalar>>,
    pub may: Option<Vec<Scalar>>,
    pub missing: Option<bool>,
    pub below: Option<f64>,
    /// A known number with one of these bits.
    pub bits: Option<i64>,
    pub matches: Option<String>,
    #[serde(rename = "type")]
    pub type_name: Option<Names>,
    pub untyped: Option<Names>,
    /// Known where the call stands: callers aren't asked for it.
    #[serde(default)]
    pub here: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RawSink {
    #[serde(default)]
    pub call: Names,
    #[serde(default)]
    pub set: Names,
    #[serde(default)]
    pub set_item: Names,
    #[serde(default)]
    pub port: Names,
    pub kind: Names,
    /// Characters that the library itself quotes in what it is given.
    pub quotes: Option<String>,
    #[serde(default)]
    pub when: Vec<Condition>,
    #[serde(default)]
    pub unless: Vec<Condition>,
    /// Not in files that mention one of these names.
    #[serde(default)]
    pub unless_mentions: Names,
    pub before: Option<String>,
    pub since: Option<String>,
    pub python_before: Option<String>,
    pub python_since: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum RawText {
    Named(String),
    Table(RawTextTable),
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawTextTable {
    pub keeps: Option<String>,
    pub removes: Option<String>,
    pub adds: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RawStep {
    pub call: Names,
    pub from: Names,
    pub to: String,
    pub text: Option<RawText>,
    #[serde(default)]
    pub clears: Vec<String>,
    pub to_type: Option<String>,
    pub encodes: Option<String>,
    pub content: Option<String>,
    pub decodes: Option<String>,
    #[serde(rename = "as")]
    pub form: Option<String>,
    #[serde(default)]
    pub plain: bool,
    #[serde(default)]
    pub whole: bool,
    #[serde(default)]
    pub when: Vec<Condition>,
    #[serde(default)]
    pub unless: Vec<Condition>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum RawWhen {
    Truth(bool),
    Word(String),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawGuard {
    pub call: Names,
    pub port: String,
    pub when: RawWhen,
    pub keeps: Option<String>,
    #[serde(default)]
    pub clears: Vec<String>,
    #[serde(default, rename = "no-script")]
    pub no_script: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RawEntryParameters {
    pub named_in: Option<String>,
    #[serde(default)]
    pub all: bool,
    #[serde(default)]
    pub rest: bool,
    #[serde(default)]
    pub named: Vec<String>,
    pub kind: String,
    pub threat: String,
    #[serde(rename = "type")]
    pub type_name: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawEntry {
    #[serde(default)]
    pub decorator: Names,
    #[serde(default)]
    pub register: Names,
    #[serde(default)]
    pub class: Names,
    pub function: Option<String>,
    #[serde(default)]
    pub methods: Vec<String>,
    pub parameters: Option<RawEntryParameters>,
    /// One type or several; an empty text where nothing is known of a parameter.
    #[serde(default)]
    pub first: Names,
    /// Methods are called as plain functions: what stands before their other arguments is `first`, too.
    #[serde(default)]
    pub unbound: bool,
    #[serde(default)]
    pub constructs: bool,
    /// Types without text, where arguments are declared with types in the class of the method.
    #[serde(default)]
    pub harmless: Names,
    /// What the function is given to fill.
    pub second: Option<String>,
    /// The port of the registration whose elements declare the parameters, in their order.
    pub declared: Option<String>,
    pub result: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RawCheck {
    pub rule: String,
    #[serde(default)]
    pub call: Names,
    #[serde(default)]
    pub set: Names,
    #[serde(default)]
    pub set_item: Names,
    #[serde(default)]
    pub when: Vec<Condition>,
    #[serde(default)]
    pub unless: Vec<Condition>,
    pub message: String,
    pub at: Option<String>,
    /// `secret`: only where the result is kept under the name of a secret. `digest`: less sure where it
    /// only tells things apart.
    pub purpose: Option<String>,
    pub severity: Option<String>,
    pub confidence: Option<String>,
    /// Only in bodies that mention one of these names.
    #[serde(default)]
    pub mentions: Names,
    #[serde(default)]
    pub unless_mentions: Names,
    /// For calls that are everywhere: bodies are looked at for the check's sake only where they, or their module, have a
    /// literal that begins with one of these texts, or a name with one in it.
    #[serde(default)]
    pub text_has: Names,
    /// Not where the receiver's class is of the project and sees to the matter in one of these methods.
    #[serde(default)]
    pub unless_overridden: Names,
    /// Not where the same body gives the same variable to the same call in a way that is all right.
    pub unless_also: Option<String>,
    /// Not where this rule has found a flow in the same call.
    pub covered_by: Option<String>,
    /// It only guesses: looked at where somebody asks for its rule.
    #[serde(default)]
    pub guess: bool,
    pub before: Option<String>,
    pub since: Option<String>,
    pub python_before: Option<String>,
    pub python_since: Option<String>,
}

/// A setting of a framework, as a name of a module or a class that is read as configuration.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RawSetting {
    pub name: Names,
    /// It is wrong where its value is one of these,
    pub is: Option<Vec<Scalar>>,
    /// or a list with this text,
    pub contains: Option<String>,
    /// or a list whose first element is one of these.
    pub first: Option<Vec<String>>,
    /// Only where one of these is set beside it.
    #[serde(default)]
    pub beside: Names,
    /// Only where this is set beside it, to one of these values.
    #[serde(rename = "with")]
    pub with_name: Option<String>,
    pub with_is: Option<Vec<Scalar>>,
    pub rule: String,
    pub message: String,
    pub severity: Option<String>,
    pub confidence: Option<String>,
}

/// Reads a model. `path` is for the messages only.
pub fn parse(path: &str, text: &str) -> Result<ModelFile, ModelError> {
    let file: ModelFile = toml::from_str(text).map_err(|error| {
        let start = error.span().map_or(0, |span| span.start.min(text.len()));
        ModelError {
            path: path.to_owned(),
            line: text.as_bytes()[..start].iter().filter(|&&byte| byte == b'\n').count() + 1,
            message: error.message().to_owned(),
        }
    })?;
    if file.schema != 1 {
        return Err(ModelError {
            path: path.to_owned(),
            line: 1,
            message: format!("schema {} is not known; this version reads schema 1", file.schema),
        });
    }
    Ok(file)
}
