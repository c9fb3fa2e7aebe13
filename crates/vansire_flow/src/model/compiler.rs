//! Parts of models, compiled: ports, kinds, versions, texts.

use vansire_python::Symbol;

use super::port::Port;
use super::raw::{Condition, ModelError, Names, RawText};
use super::set::{ConditionModel, TextOperation, VersionBound};
use crate::text::{CharSet, KindSet, SinkKind};
use crate::{Threats, Versions};

/// Compiles the parts of the models; remembers where it is for the messages.
pub(super) struct Compiler<'a> {
    pub(super) path: &'a str,
    pub(super) text: &'a str,
    pub(super) package: String,
    pub(super) versions: &'a Versions,
    pub(super) threats: Threats,
}

impl Compiler<'_> {
    /// An error that points at the first line that holds `what`, as a text of its own if it can be.
    pub(super) fn error(&self, what: &str, message: String) -> ModelError {
        let quoted = self.text.find(&format!("\"{what}\"")).or_else(|| self.text.find(&format!("'{what}'")));
        let at = quoted.or_else(|| self.text.find(what)).unwrap_or(0);
        ModelError {
            path: self.path.to_owned(),
            line: self.text[..at].bytes().filter(|&byte| byte == b'\n').count() + 1,
            message,
        }
    }

    pub(super) fn port(&self, text: &str) -> Result<Port, ModelError> {
        Port::parse(text).map_err(|message| self.error(text, message))
    }

    pub(super) fn ports<'b>(&self, texts: impl Iterator<Item = &'b str>) -> Result<Vec<Port>, ModelError> {
        texts.map(|text| self.port(text)).collect()
    }

    pub(super) fn conditions(&self, raw: &[Condition]) -> Result<Vec<ConditionModel>, ModelError> {
        let names = |names: &Option<Names>| {
            names.as_ref().map(|names| names.iter().map(Symbol::new).collect::<Vec<_>>())
        };
        raw.iter()
            .map(|raw| {
                Ok(ConditionModel {
                    port: self.port(&raw.port)?,
                    is: raw.is.clone(),
                    is_not: raw.is_not.clone(),
                    may: raw.may.clone(),
                    missing: raw.missing,
                    below: raw.below,
                    bits: raw.bits,
                    matches: raw.matches.clone(),
                    types: names(&raw.type_name),
                    untyped: names(&raw.untyped),
                    here: raw.here,
                })
            })
            .collect()
    }

    pub(super) fn kinds(&self, names: &[String]) -> Result<KindSet, ModelError> {
        names
            .iter()
            .map(|kind| {
                SinkKind::parse(kind).ok_or_else(|| self.error(kind, format!("`{kind}` is no kind of sink")))
            })
            .collect()
    }

    pub(super) fn active(&self, threat: &str) -> Result<bool, ModelError> {
        match threat {
            "remote" => Ok(self.threats.remote),
            "local" | "file" | "environment" => Ok(self.threats.local),
            "database" => Ok(self.threats.database),
            _ => {
                Err(self.error(threat, format!("`{threat}` is none of the threats remote, local, database")))
            }
        }
    }

    pub(super) fn bound(&self, raw: &super::raw::RawSink) -> VersionBound {
        self.version_bound(
            raw.before.as_deref(),
            raw.since.as_deref(),
            raw.python_before.as_deref(),
            raw.python_since.as_deref(),
        )
    }

    pub(super) fn version_bound(
        &self,
        before: Option<&str>,
        since: Option<&str>,
        python_before: Option<&str>,
        python_since: Option<&str>,
    ) -> VersionBound {
        let numbers =
            |text: &str| text.split('.').map(|part| part.parse::<u32>().unwrap_or(0)).collect::<Vec<_>>();
        let python = |text: &str| {
            let parts = numbers(text);
            (parts.first().copied().unwrap_or(3), parts.get(1).copied().unwrap_or(0))
        };
        VersionBound {
            package: self.package.clone(),
            before: before.map(numbers),
            since: since.map(numbers),
            python_before: python_before.map(python),
            python_since: python_since.map(python),
        }
    }

    pub(super) fn text(&self, raw: Option<&RawText>) -> Result<TextOperation, ModelError> {
        let Some(raw) = raw else { return Ok(TextOperation::Text) };
        let name = match raw {
            RawText::Table(table) => {
                let keeps = table.keeps.as_deref().map_or(CharSet::ALL, CharSet::class);
                let removes = table.removes.as_deref().map_or(CharSet::EMPTY, CharSet::class);
                let adds = table.adds.as_deref().map_or(CharSet::EMPTY, CharSet::class);
                return Ok(TextOperation::Table { keeps: keeps.minus(removes), adds });
            }
            RawText::Named(name) => name.as_str(),
        };
        Ok(match name {
            "identity" => TextOperation::Identity,
            "content" => TextOperation::Content,
            "text" => TextOperation::Text,
            "join-path" => TextOperation::JoinPath,
            "basename" => TextOperation::BaseName,
            "dirname" => TextOperation::DirectoryName,
            "normpath" => TextOperation::NormalizePath,
            "realpath" => TextOperation::RealPath,
            "join-url" => TextOperation::JoinUrl,
            "escape-html" => TextOperation::EscapeHtml,
            "unescape-html" => TextOperation::UnescapeHtml,
            "quote-shell" => TextOperation::QuoteShell,
            "unquote-shell" => TextOperation::UnquoteShell,
            "normalize" => TextOperation::Normalize,
            "quote-url" => TextOperation::QuoteUrl,
            "decode" => TextOperation::Decode,
            "document" => TextOperation::Document,
            "bytes" => TextOperation::Bytes,
            "elements" => TextOperation::Elements,
            "mapping" => TextOperation::Mapping,
            "json-dump" => TextOperation::JsonDump,
            "number" => TextOperation::Number,
            _ => return Err(self.error(name, format!("`{name}` is no operation on text"))),
        })
    }
}
