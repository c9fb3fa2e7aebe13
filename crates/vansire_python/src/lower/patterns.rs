//! Lowering of `match` patterns.

use ruff_python_ast as ast;

use super::{Lowerer, span_of};
use crate::Symbol;
use crate::depth::MAXIMUM_DEPTH;
use crate::ir::{Constant, Pattern, PatternKind, Variable};

impl Lowerer<'_> {
    pub(super) fn pattern(&mut self, pattern: &ast::Pattern) -> Pattern {
        let span = span_of(pattern);
        if self.depth >= MAXIMUM_DEPTH {
            self.too_deep.get_or_insert(span);
            return Pattern { span, kind: PatternKind::As { pattern: None, name: None } };
        }
        self.depth += 1;
        let kind = self.pattern_kind(pattern);
        self.depth -= 1;
        Pattern { span, kind }
    }

    fn patterns(&mut self, patterns: &[ast::Pattern]) -> Vec<Pattern> {
        patterns.iter().map(|pattern| self.pattern(pattern)).collect()
    }

    /// A captured name.
    fn capture(&mut self, name: Option<&ast::Identifier>) -> Option<(Variable, Symbol)> {
        let name = self.mention(&name?.id);
        Some((self.store(name), name))
    }

    fn pattern_kind(&mut self, pattern: &ast::Pattern) -> PatternKind {
        match pattern {
            ast::Pattern::MatchValue(node) => PatternKind::Value(self.expression(&node.value)),
            ast::Pattern::MatchSingleton(node) => PatternKind::Singleton(match node.value {
                ast::Singleton::None => Constant::None,
                ast::Singleton::True => Constant::True,
                ast::Singleton::False => Constant::False,
            }),
            ast::Pattern::MatchSequence(node) => PatternKind::Sequence(self.patterns(&node.patterns)),
            ast::Pattern::MatchMapping(node) => {
                let entries = node
                    .keys
                    .iter()
                    .zip(&node.patterns)
                    .map(|(key, pattern)| (self.expression(key), self.pattern(pattern)))
                    .collect();
                PatternKind::Mapping { entries, rest: self.capture(node.rest.as_ref()) }
            }
            ast::Pattern::MatchClass(node) => {
                let class = self.expression(&node.cls);
                let positional = self.patterns(&node.arguments.patterns);
                let keywords = node
                    .arguments
                    .keywords
                    .iter()
                    .map(|keyword| (self.mention(&keyword.attr.id), self.pattern(&keyword.pattern)))
                    .collect();
                PatternKind::Class { class, positional, keywords }
            }
            ast::Pattern::MatchStar(node) => PatternKind::Star(self.capture(node.name.as_ref())),
            ast::Pattern::MatchAs(node) => {
                let pattern = node.pattern.as_deref().map(|pattern| Box::new(self.pattern(pattern)));
                PatternKind::As { pattern, name: self.capture(node.name.as_ref()) }
            }
            ast::Pattern::MatchOr(node) => PatternKind::Or(self.patterns(&node.patterns)),
        }
    }
}
