//! Lowering of expressions.

use ruff_python_ast as ast;
use ruff_python_parser::{Mode, parse_string_annotation};
use ruff_text_size::Ranged;

use super::{Lowerer, span, span_of};
use crate::Symbol;
use crate::depth::{MAXIMUM_DEPTH, is_too_deep_to_parse, tokens_nest_too_deeply};
use crate::ir::{
    Argument, ArgumentKind, BinaryOperator, BodyKind, Call, CompareOperator, Comprehension,
    ComprehensionClause, ComprehensionKind, Constant, Expr, ExprKind, Parameter, ParameterKind, SlotId, Stmt,
    StmtKind, Target, TargetKind, UnaryOperator, Variable,
};

impl Lowerer<'_> {
    pub(super) fn expression(&mut self, expression: &ast::Expr) -> Expr {
        let span = span_of(expression);
        // The parser was not given text that nests deeper, but IR nests where the text does not:
        // in a chain of `elif`, or in a string that is an annotation.
        if self.depth >= MAXIMUM_DEPTH {
            self.too_deep.get_or_insert(span);
            return Expr { span, kind: ExprKind::Invalid };
        }
        self.depth += 1;
        let kind = self.expression_kind(expression);
        self.depth -= 1;
        Expr { span, kind }
    }

    fn boxed(&mut self, expression: &ast::Expr) -> Box<Expr> {
        Box::new(self.expression(expression))
    }

    fn optional(&mut self, expression: Option<&ast::Expr>) -> Option<Box<Expr>> {
        expression.map(|expression| self.boxed(expression))
    }

    fn expressions(&mut self, expressions: &[ast::Expr]) -> Vec<Expr> {
        expressions.iter().map(|expression| self.expression(expression)).collect()
    }

    fn expression_kind(&mut self, expression: &ast::Expr) -> ExprKind {
        match expression {
            ast::Expr::Name(node) => self.name(node),
            ast::Expr::Attribute(node) => {
                let value = self.boxed(&node.value);
                if node.attr.id.is_empty() {
                    return ExprKind::Invalid;
                }
                ExprKind::Attribute(value, self.mention(&node.attr.id))
            }
            ast::Expr::Call(node) => self.call(node),
            ast::Expr::Subscript(node) => self.subscript(node),
            ast::Expr::StringLiteral(node) => {
                if self.in_annotation
                    && let Some(kind) = self.quoted_annotation(node)
                {
                    return kind;
                }
                ExprKind::Constant(Constant::String(joined_text(&node.value)))
            }
            ast::Expr::BytesLiteral(node) => {
                ExprKind::Constant(Constant::Bytes(node.value.bytes().collect()))
            }
            ast::Expr::NumberLiteral(node) => ExprKind::Constant(number(&node.value)),
            ast::Expr::BooleanLiteral(node) => {
                ExprKind::Constant(if node.value { Constant::True } else { Constant::False })
            }
            ast::Expr::NoneLiteral(_) => ExprKind::Constant(Constant::None),
            ast::Expr::EllipsisLiteral(_) => ExprKind::Constant(Constant::Ellipsis),
            ast::Expr::Tuple(node) => ExprKind::Tuple(self.expressions(&node.elts)),
            ast::Expr::List(node) => ExprKind::List(self.expressions(&node.elts)),
            ast::Expr::Set(node) => ExprKind::Set(self.expressions(&node.elts)),
            ast::Expr::Dict(node) => self.dict(node),
            ast::Expr::BinOp(node) => self.binary(node),
            ast::Expr::UnaryOp(node) => ExprKind::Unary(unary_operator(node.op), self.boxed(&node.operand)),
            ast::Expr::BoolOp(node) => {
                ExprKind::Boolean(node.op == ast::BoolOp::And, self.expressions(&node.values))
            }
            ast::Expr::Compare(node) => self.compare(node),
            ast::Expr::If(node) => {
                let test = self.boxed(&node.test);
                let body = self.boxed(&node.body);
                let or_else = self.boxed(&node.orelse);
                ExprKind::Conditional { test, body, or_else }
            }
            ast::Expr::FString(node) => self.f_string(node),
            ast::Expr::TString(node) => self.t_string(node),
            ast::Expr::Lambda(node) => self.lambda(node),
            ast::Expr::ListComp(node) => {
                self.comprehension(ComprehensionKind::List, None, &node.elt, &node.generators)
            }
            ast::Expr::SetComp(node) => {
                self.comprehension(ComprehensionKind::Set, None, &node.elt, &node.generators)
            }
            ast::Expr::Generator(node) => {
                self.comprehension(ComprehensionKind::Generator, None, &node.elt, &node.generators)
            }
            ast::Expr::DictComp(node) => {
                let key = node.key.as_deref();
                self.comprehension(ComprehensionKind::Dict, key, &node.value, &node.generators)
            }
            ast::Expr::Starred(node) => ExprKind::Starred(self.boxed(&node.value)),
            ast::Expr::Slice(node) => {
                let lower = self.optional(node.lower.as_deref());
                let upper = self.optional(node.upper.as_deref());
                let step = self.optional(node.step.as_deref());
                ExprKind::Slice(lower, upper, step)
            }
            ast::Expr::Named(node) => self.named(node),
            ast::Expr::Yield(node) => {
                let scope = self.scope();
                scope.is_generator = true;
                scope.receives = true;
                ExprKind::Yield(self.optional(node.value.as_deref()))
            }
            ast::Expr::YieldFrom(node) => {
                self.scope().is_generator = true;
                ExprKind::YieldFrom(self.boxed(&node.value))
            }
            ast::Expr::Await(node) => ExprKind::Await(self.boxed(&node.value)),
            ast::Expr::IpyEscapeCommand(_) => ExprKind::Invalid,
        }
    }

    fn name(&mut self, node: &ast::ExprName) -> ExprKind {
        // The parser's recovery leaves an empty name where an expression is missing.
        if node.id.is_empty() {
            return ExprKind::Invalid;
        }
        let name = self.symbol(&node.id);
        let variable = self.load(name);
        self.mention_unless_own(name, variable);
        ExprKind::Name(variable, name)
    }

    fn named(&mut self, node: &ast::ExprNamed) -> ExprKind {
        let value = self.boxed(&node.value);
        match &*node.target {
            ast::Expr::Name(target) if !target.id.is_empty() => {
                let name = self.mention(&target.id);
                ExprKind::Named(self.store(name), name, value)
            }
            _ => ExprKind::Invalid,
        }
    }

    fn subscript(&mut self, node: &ast::ExprSubscript) -> ExprKind {
        let value = self.boxed(&node.value);
        if !self.in_annotation {
            return ExprKind::Subscript(value, self.boxed(&node.slice));
        }
        let index = match last_name(&node.value) {
            // The strings in `Literal["read"]` are no references.
            Some("Literal") => self.outside_annotation(|lowerer| lowerer.expression(&node.slice)),
            Some("Annotated") => self.annotated(&node.slice),
            _ => self.expression(&node.slice),
        };
        ExprKind::Subscript(value, Box::new(index))
    }

    /// The index of `Annotated[type, metadata, …]`: only the first is an annotation.
    fn annotated(&mut self, index: &ast::Expr) -> Expr {
        let ast::Expr::Tuple(tuple) = index else { return self.expression(index) };
        let Some((first, rest)) = tuple.elts.split_first() else { return self.expression(index) };
        let mut elements = vec![self.expression(first)];
        elements.extend(self.outside_annotation(|lowerer| lowerer.expressions(rest)));
        Expr { span: span_of(index), kind: ExprKind::Tuple(elements) }
    }

    fn outside_annotation<T>(&mut self, function: impl FnOnce(&mut Self) -> T) -> T {
        let before = std::mem::replace(&mut self.in_annotation, false);
        let result = function(self);
        self.in_annotation = before;
        result
    }

    /// An annotation, in which strings are references to what is defined later.
    pub(super) fn annotation(&mut self, expression: &ast::Expr) -> Expr {
        let before = std::mem::replace(&mut self.in_annotation, true);
        let result = self.expression(expression);
        self.in_annotation = before;
        result
    }

    fn quoted_annotation(&mut self, node: &ast::ExprStringLiteral) -> Option<ExprKind> {
        let literal = node.as_single_part_string()?;
        // With escapes, offsets in the string are not those of the text.
        if literal.value.len() != literal.content_range().len().to_usize()
            || is_too_deep_to_parse(&literal.value, Mode::ParenthesizedExpression)
        {
            return None;
        }
        let parsed = parse_string_annotation(self.text, literal).ok()?;
        if tokens_nest_too_deeply(parsed.tokens()) {
            return None;
        }
        Some(self.expression(parsed.expr()).kind)
    }

    /// Chains of operators grow to the left and can be long, so the left side is walked in a loop.
    fn binary(&mut self, node: &ast::ExprBinOp) -> ExprKind {
        let mut chain = Vec::new();
        let mut innermost = node;
        while let ast::Expr::BinOp(left) = &*innermost.left {
            chain.push(innermost);
            innermost = left;
        }
        let mut left = self.boxed(&innermost.left);
        let mut node = innermost;
        loop {
            let right = self.boxed(&node.right);
            let kind = ExprKind::Binary(binary_operator(node.op), left, right);
            let Some(next) = chain.pop() else { return kind };
            left = Box::new(Expr { span: span(node.range), kind });
            node = next;
        }
    }

    fn compare(&mut self, node: &ast::ExprCompare) -> ExprKind {
        let left = self.boxed(&node.left);
        let rest = node
            .ops
            .iter()
            .zip(&node.comparators)
            .map(|(&operator, right)| (compare_operator(operator), self.expression(right)))
            .collect();
        ExprKind::Compare(left, rest)
    }

    fn dict(&mut self, node: &ast::ExprDict) -> ExprKind {
        let items = node.items.iter().map(|item| {
            let key = item.key.as_ref().map(|key| self.expression(key));
            (key, self.expression(&item.value))
        });
        ExprKind::Dict(items.collect())
    }

    fn call(&mut self, node: &ast::ExprCall) -> ExprKind {
        let callee = self.expression(&node.func);
        let arguments = self.arguments(&node.arguments);
        self.note_dynamic_import(&callee, &arguments);
        let class = self.class_of_call(&callee, &arguments, span_of(node));
        ExprKind::Call(Box::new(Call { callee, arguments, class }))
    }

    /// `type(name, bases, namespace)` makes a class, wherever it stands.
    fn class_of_call(
        &mut self,
        callee: &Expr,
        arguments: &[Argument],
        place: crate::ir::Span,
    ) -> Option<crate::ir::BodyId> {
        let ExprKind::Name(_, function) = callee.kind else { return None };
        let [name, bases, namespace, ..] = arguments else { return None };
        let positional = |one: &&Argument| one.kind == ArgumentKind::Positional;
        if function.as_str() != "type" || ![name, bases, namespace].iter().all(positional) {
            return None;
        }
        let name = match &name.value.kind {
            ExprKind::Constant(Constant::String(name)) => Symbol::new(name),
            _ => function,
        };
        self.begin(BodyKind::Class, name, place, crate::ir::Span { start: place.start, end: place.start });
        self.finish(Vec::new(), |_| ())
    }

    pub(super) fn arguments(&mut self, arguments: &ast::Arguments) -> Vec<Argument> {
        let mut lowered = Vec::with_capacity(arguments.len());
        for argument in arguments.iter_source_order() {
            let (kind, value) = match argument {
                ast::ArgOrKeyword::Arg(ast::Expr::Starred(starred)) => {
                    (ArgumentKind::Starred, &*starred.value)
                }
                ast::ArgOrKeyword::Arg(value) => (ArgumentKind::Positional, value),
                ast::ArgOrKeyword::Keyword(keyword) => {
                    let kind = match &keyword.arg {
                        Some(name) => {
                            // Unlike all other identifiers, these are not mangled.
                            let name = Symbol::new(&name.id);
                            self.scope().mentions.push(name);
                            ArgumentKind::Keyword(name)
                        }
                        None => ArgumentKind::DoubleStarred,
                    };
                    (kind, &keyword.value)
                }
            };
            lowered.push(Argument { kind, value: self.expression(value) });
        }
        lowered
    }

    /// `importlib.import_module("flask")` needs the models of Flask as `import flask` does.
    fn note_dynamic_import(&mut self, callee: &Expr, arguments: &[Argument]) {
        let (ExprKind::Name(_, name) | ExprKind::Attribute(_, name)) = callee.kind else { return };
        if let Some(Argument { kind: ArgumentKind::Positional, value }) = arguments.first()
            && let ExprKind::Constant(Constant::String(module)) = &value.kind
            && matches!(name.as_str(), "import_module" | "__import__")
            && !module.is_empty()
            && !module.starts_with('.')
        {
            self.imports.push(Symbol::new(module));
        }
    }

    fn lambda(&mut self, node: &ast::ExprLambda) -> ExprKind {
        let parameters = match &node.parameters {
            Some(parameters) => self.parameters(parameters),
            None => Vec::new(),
        };
        let name = self.lambda_name();
        let body_span = span_of(&*node.body);
        let start = crate::ir::Span { start: body_span.start, end: body_span.start };
        self.begin(BodyKind::Lambda, name, span(node.range), start);
        for parameter in &parameters {
            self.declare_parameter(parameter.name);
        }
        self.declare_expression(&node.body);
        let value = self.outside_annotation(|lowerer| lowerer.expression(&node.body));
        let block = vec![Stmt { span: body_span, kind: StmtKind::Return(Some(value)) }];
        match self.finish(block, |body| body.parameters = parameters) {
            Some(body) => ExprKind::Lambda(body),
            None => ExprKind::Invalid,
        }
    }

    /// Parameters with their defaults and annotations, which are evaluated in the body that holds
    /// the definition.
    pub(super) fn parameters(&mut self, parameters: &ast::Parameters) -> Vec<Parameter> {
        let mut lowered = Vec::with_capacity(parameters.len());
        let groups = [
            (ParameterKind::PositionalOnly, &parameters.posonlyargs),
            (ParameterKind::Positional, &parameters.args),
        ];
        for (kind, group) in groups {
            for parameter in group {
                let default = parameter.default.as_deref();
                lowered.push(self.parameter(kind, &parameter.parameter, default));
            }
        }
        if let Some(starred) = &parameters.vararg {
            lowered.push(self.parameter(ParameterKind::Starred, starred, None));
        }
        for parameter in &parameters.kwonlyargs {
            let default = parameter.default.as_deref();
            lowered.push(self.parameter(ParameterKind::KeywordOnly, &parameter.parameter, default));
        }
        if let Some(starred) = &parameters.kwarg {
            lowered.push(self.parameter(ParameterKind::DoubleStarred, starred, None));
        }
        lowered
    }

    fn parameter(
        &mut self,
        kind: ParameterKind,
        parameter: &ast::Parameter,
        default: Option<&ast::Expr>,
    ) -> Parameter {
        Parameter {
            name: self.symbol(&parameter.name.id),
            kind,
            span: span(parameter.range),
            default: default.map(|default| self.expression(default)),
            annotation: parameter.annotation.as_deref().map(|annotation| self.annotation(annotation)),
        }
    }

    fn comprehension(
        &mut self,
        kind: ComprehensionKind,
        key: Option<&ast::Expr>,
        element: &ast::Expr,
        generators: &[ast::Comprehension],
    ) -> ExprKind {
        // The first iterable is evaluated where the comprehension's variables are not yet known.
        let mut first = generators.first().map(|generator| self.expression(&generator.iter));
        let visible = self.enter_hidden();
        for generator in generators {
            self.declare_hidden_targets(&generator.target, visible);
        }
        let mut clauses = Vec::with_capacity(generators.len());
        for generator in generators {
            let iterable = match first.take() {
                Some(iterable) => iterable,
                None => self.expression(&generator.iter),
            };
            let target = self.hidden_target(&generator.target);
            let conditions = self.expressions(&generator.ifs);
            clauses.push(ComprehensionClause { target, iterable, conditions, is_async: generator.is_async });
        }
        let key = key.map(|key| self.expression(key));
        let element = self.expression(element);
        self.leave_hidden(visible);
        ExprKind::Comprehension(Box::new(Comprehension { kind, key, element, clauses }))
    }

    fn declare_hidden_targets(&mut self, target: &ast::Expr, visible: usize) {
        match target {
            ast::Expr::Name(name) if !name.id.is_empty() => {
                let name = self.symbol(&name.id);
                if !self.is_hidden_since(visible, name) {
                    self.declare_hidden(name);
                }
            }
            ast::Expr::Tuple(tuple) => {
                tuple.elts.iter().for_each(|element| self.declare_hidden_targets(element, visible));
            }
            ast::Expr::List(list) => {
                list.elts.iter().for_each(|element| self.declare_hidden_targets(element, visible));
            }
            ast::Expr::Starred(starred) => self.declare_hidden_targets(&starred.value, visible),
            _ => {}
        }
    }

    /// A target of a comprehension's clause: its names are the comprehension's own.
    fn hidden_target(&mut self, target: &ast::Expr) -> Target {
        self.target_with(target, &mut |lowerer, name| lowerer.load_hidden(name))
    }

    /// A target of an assignment in this body.
    pub(super) fn target(&mut self, target: &ast::Expr) -> Target {
        self.target_with(target, &mut |lowerer, name| lowerer.store(name))
    }

    fn target_with(
        &mut self,
        target: &ast::Expr,
        variable: &mut dyn FnMut(&mut Self, Symbol) -> Variable,
    ) -> Target {
        let span = span_of(target);
        if self.depth >= MAXIMUM_DEPTH {
            self.too_deep.get_or_insert(span);
            return Target { span, kind: TargetKind::Invalid };
        }
        self.depth += 1;
        let kind = match target {
            ast::Expr::Name(node) if !node.id.is_empty() => {
                let name = self.symbol(&node.id);
                let variable = variable(self, name);
                self.mention_unless_own(name, variable);
                TargetKind::Name(variable, name)
            }
            ast::Expr::Attribute(node) if !node.attr.id.is_empty() => {
                let value = self.boxed(&node.value);
                TargetKind::Attribute(value, self.mention(&node.attr.id))
            }
            ast::Expr::Subscript(node) => {
                let value = self.boxed(&node.value);
                TargetKind::Subscript(value, self.boxed(&node.slice))
            }
            ast::Expr::Tuple(ast::ExprTuple { elts, .. }) | ast::Expr::List(ast::ExprList { elts, .. }) => {
                TargetKind::Sequence(elts.iter().map(|element| self.target_with(element, variable)).collect())
            }
            ast::Expr::Starred(node) => {
                TargetKind::Starred(Box::new(self.target_with(&node.value, variable)))
            }
            _ => TargetKind::Invalid,
        };
        self.depth -= 1;
        Target { span, kind }
    }

    /// The type parameters of a definition: variables that only the definition sees, assigned their
    /// bound, the best that is known of what they stand for.
    pub(super) fn type_parameters(&mut self, parameters: Option<&ast::TypeParams>, out: &mut Vec<Stmt>) {
        let Some(parameters) = parameters else { return };
        // All of them are visible in the bounds of each.
        let slots: Vec<(Symbol, SlotId)> = parameters
            .iter()
            .map(|parameter| {
                let name = self.symbol(&type_parameter_name(parameter).id);
                (name, self.declare_hidden(name))
            })
            .collect();
        for (parameter, (name, slot)) in parameters.iter().zip(slots) {
            let (bound, fallback) = match parameter {
                ast::TypeParam::TypeVar(node) => (node.bound.as_deref(), "TypeVar"),
                ast::TypeParam::TypeVarTuple(_) => (None, "TypeVarTuple"),
                ast::TypeParam::ParamSpec(_) => (None, "ParamSpec"),
            };
            let name_span = span(type_parameter_name(parameter).range);
            let value = if let Some(bound) = bound {
                self.annotation(bound)
            } else {
                let fallback = Symbol::new(fallback);
                Expr { span: name_span, kind: ExprKind::Name(Variable::Global(fallback), fallback) }
            };
            let target = Target { span: name_span, kind: TargetKind::Name(Variable::Local(slot), name) };
            let kind = StmtKind::Assign { targets: vec![target], value, annotation: None };
            out.push(Stmt { span: span(parameter.range()), kind });
        }
    }
}

fn type_parameter_name(parameter: &ast::TypeParam) -> &ast::Identifier {
    match parameter {
        ast::TypeParam::TypeVar(node) => &node.name,
        ast::TypeParam::TypeVarTuple(node) => &node.name,
        ast::TypeParam::ParamSpec(node) => &node.name,
    }
}

/// `Literal` of `Literal` and of `typing.Literal`.
fn last_name(expression: &ast::Expr) -> Option<&str> {
    match expression {
        ast::Expr::Name(name) => Some(&name.id),
        ast::Expr::Attribute(attribute) => Some(&attribute.attr.id),
        _ => None,
    }
}

fn joined_text(value: &ast::StringLiteralValue) -> Box<str> {
    match value.as_slice() {
        [literal] => literal.value.clone(),
        literals => literals.iter().map(ast::StringLiteral::as_str).collect::<String>().into_boxed_str(),
    }
}

fn number(number: &ast::Number) -> Constant {
    match number {
        ast::Number::Int(integer) => integer.as_i64().map_or(Constant::BigInteger, Constant::Integer),
        ast::Number::Float(float) => Constant::Float(*float),
        ast::Number::Complex { .. } => Constant::Complex,
    }
}

pub(super) fn binary_operator(operator: ast::Operator) -> BinaryOperator {
    match operator {
        ast::Operator::Add => BinaryOperator::Add,
        ast::Operator::Sub => BinaryOperator::Subtract,
        ast::Operator::Mult => BinaryOperator::Multiply,
        ast::Operator::MatMult => BinaryOperator::MatrixMultiply,
        ast::Operator::Div => BinaryOperator::Divide,
        ast::Operator::Mod => BinaryOperator::Modulo,
        ast::Operator::Pow => BinaryOperator::Power,
        ast::Operator::LShift => BinaryOperator::LeftShift,
        ast::Operator::RShift => BinaryOperator::RightShift,
        ast::Operator::BitOr => BinaryOperator::BitOr,
        ast::Operator::BitXor => BinaryOperator::BitXor,
        ast::Operator::BitAnd => BinaryOperator::BitAnd,
        ast::Operator::FloorDiv => BinaryOperator::FloorDivide,
    }
}

fn unary_operator(operator: ast::UnaryOp) -> UnaryOperator {
    match operator {
        ast::UnaryOp::Invert => UnaryOperator::Invert,
        ast::UnaryOp::Not => UnaryOperator::Not,
        ast::UnaryOp::UAdd => UnaryOperator::Positive,
        ast::UnaryOp::USub => UnaryOperator::Negative,
    }
}

fn compare_operator(operator: ast::CmpOp) -> CompareOperator {
    match operator {
        ast::CmpOp::Eq => CompareOperator::Equal,
        ast::CmpOp::NotEq => CompareOperator::NotEqual,
        ast::CmpOp::Lt => CompareOperator::Less,
        ast::CmpOp::LtE => CompareOperator::LessEqual,
        ast::CmpOp::Gt => CompareOperator::Greater,
        ast::CmpOp::GtE => CompareOperator::GreaterEqual,
        ast::CmpOp::Is => CompareOperator::Is,
        ast::CmpOp::IsNot => CompareOperator::IsNot,
        ast::CmpOp::In => CompareOperator::In,
        ast::CmpOp::NotIn => CompareOperator::NotIn,
    }
}
