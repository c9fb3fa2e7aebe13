//! Functions that a platform calls by their form alone: nothing in the project names the platform.

use vansire_python::Symbol;
use vansire_python::ir::{Body, BodyKind, ExprKind};

use super::set::Source;

/// `handler(event, context)`: functions of modules of that name with exactly these parameters.
/// `*Servicer.*(self, request, context)`: methods, here of any name, of classes one of whose bases has a name
/// that ends like that. The first parameter behind the receiver is the source.
#[derive(Clone, Debug)]
pub struct Signature {
    base: Option<String>,
    /// None: of any name.
    function: Option<Symbol>,
    parameters: Vec<Symbol>,
    pub source: Source,
}

impl Signature {
    /// Reads a form; none where the text has no parameters in parentheses.
    pub fn parse(text: &str, source: impl Fn(&str) -> Source) -> Option<Self> {
        let (function, parameters) = text.strip_suffix(')')?.split_once('(')?;
        let parameters: Vec<&str> = parameters.split(',').map(str::trim).collect();
        let (base, function) = match function.split_once('.') {
            Some((base, function)) => (Some(base.trim_start_matches('*').to_owned()), function),
            None => (None, function),
        };
        let source = source(parameters.get(usize::from(base.is_some()))?);
        Some(Self {
            base,
            function: (function != "*").then(|| Symbol::new(function)),
            parameters: parameters.into_iter().map(Symbol::new).collect(),
            source,
        })
    }

    /// Which parameter is the source.
    pub fn position(&self) -> usize {
        usize::from(self.base.is_some())
    }

    /// Whether a function has this form. `parent` is where it's defined.
    pub fn fits(&self, body: &Body, parent: Option<&Body>) -> bool {
        if self.function.is_some_and(|name| name != body.name)
            || body.kind != BodyKind::Function
            || !self.parameters.iter().eq(body.parameters.iter().map(|one| &one.name))
        {
            return false;
        }
        let Some(parent) = parent else { return false };
        match &self.base {
            None => parent.kind == BodyKind::Module,
            Some(ending) => parent.bases.iter().any(|base| match &base.value.kind {
                ExprKind::Name(_, name) | ExprKind::Attribute(_, name) => {
                    name.as_str().ends_with(ending.as_str())
                }
                _ => false,
            }),
        }
    }
}
