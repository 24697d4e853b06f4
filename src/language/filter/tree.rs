//! Operators and parentheses into a tree, with a stack of our own. `not` binds closest, then `and` (which may be
//! left out), `or`, `xor`.

use super::{
    DEEPEST, Filter, MOST_TERMS, Term,
    term::{self, Piece, Sign},
};
use crate::language::{Trouble, TroubleKind};

pub(super) struct Tree<'a> {
    text: &'a str,
    /// The open parentheses, and the whole text as the first.
    groups: Vec<Group>,
    terms: usize,
}

/// What is between two parentheses, as far as it is read.
#[derive(Default)]
struct Group {
    /// Where its parenthesis is.
    at: usize,
    /// Operands of `xor`, of the `or` being read, and of the `and` being read.
    xors: Vec<Filter>,
    ors: Vec<Filter>,
    ands: Vec<Filter>,
    /// Where in `ands` the union of neighbouring numbers is.
    union: Option<usize>,
    negated: bool,
    /// The operator that still needs an operand, and where it is.
    wants: Option<(&'static str, usize, usize)>,
}

impl<'a> Tree<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, groups: vec![Group::default()], terms: 0 }
    }

    pub(super) fn take(&mut self, piece: Piece<'_>) -> Result<(), Trouble> {
        let span = (piece.start, piece.end);
        match piece.sign {
            Sign::Open => self.open(span),
            Sign::Close => self.close(span),
            Sign::Not => {
                let group = self.top();
                group.negated = !group.negated;
                group.wants = Some(("not", span.0, span.1));
                Ok(())
            }
            Sign::And | Sign::Or | Sign::Xor => self.operator(piece.sign, span),
            Sign::Word(word) => {
                let filter = term::read(word, span, self.text)?;
                self.count(&filter, span)?;
                self.operand(filter);
                Ok(())
            }
        }
    }

    pub(super) fn finish(mut self) -> Result<Filter, Trouble> {
        let Some(group) = self.groups.pop() else {
            return Ok(Filter::All(Vec::new()));
        };
        if !self.groups.is_empty() {
            return Err(self.trouble((group.at, group.at + 1), "`(` is not closed").hint("add `)`, or quote the word"));
        }
        if group.is_empty() && group.wants.is_none() {
            return Ok(Filter::All(Vec::new()));
        }
        self.whole(group)
    }

    fn top(&mut self) -> &mut Group {
        if self.groups.is_empty() {
            self.groups.push(Group::default());
        }
        let last = self.groups.len() - 1;
        &mut self.groups[last]
    }

    fn open(&mut self, span: (usize, usize)) -> Result<(), Trouble> {
        if self.groups.len() > DEEPEST {
            let message = format!("parentheses nest at most {DEEPEST} deep");
            return Err(Trouble::new(TroubleKind::Limit, self.text, span, message));
        }
        self.groups.push(Group { at: span.0, ..Group::default() });
        Ok(())
    }

    fn close(&mut self, span: (usize, usize)) -> Result<(), Trouble> {
        if self.groups.len() < 2 {
            return Err(self.trouble(span, "`)` closes nothing").hint("add `(`, or quote the word"));
        }
        let Some(group) = self.groups.pop() else { return Ok(()) };
        if group.is_empty() && group.wants.is_none() {
            return Err(self.trouble((group.at, span.1), "there is nothing between `(` and `)`"));
        }
        let filter = self.whole(group)?;
        self.operand(filter);
        Ok(())
    }

    fn operator(&mut self, sign: Sign<'_>, span: (usize, usize)) -> Result<(), Trouble> {
        let name = match sign {
            Sign::Or => "or",
            Sign::Xor => "xor",
            _ => "and",
        };
        let group = self.top();
        if group.wants.is_some() || group.ands.is_empty() {
            let message = format!("nothing stands before `{name}`");
            return Err(self.trouble(span, message).hint(format!("to look for the word itself, quote it: `'{name}'`")));
        }
        group.union = None;
        group.wants = Some((name, span.0, span.1));
        match sign {
            Sign::Or => group.end_and(),
            Sign::Xor => group.end_or(),
            _ => {}
        }
        Ok(())
    }

    fn operand(&mut self, filter: Filter) {
        let group = self.top();
        group.wants = None;
        if std::mem::take(&mut group.negated) {
            group.ands.push(Filter::Not(Box::new(filter)));
            return;
        }
        if !names_tasks(&filter) {
            group.ands.push(filter);
            return;
        }
        // `1 2 3` are three tasks, not one that has three numbers.
        if let Some(union) = group.union.and_then(|at| group.ands.get_mut(at)) {
            let mut tasks = alternatives(std::mem::replace(union, Filter::All(Vec::new())));
            tasks.extend(alternatives(filter));
            *union = Filter::Any(tasks);
        } else {
            group.union = Some(group.ands.len());
            group.ands.push(filter);
        }
    }

    fn whole(&mut self, mut group: Group) -> Result<Filter, Trouble> {
        if let Some((name, start, end)) = group.wants {
            let message = format!("nothing stands after `{name}`");
            return Err(self
                .trouble((start, end), message)
                .hint(format!("to look for the word itself, quote it: `'{name}'`")));
        }
        group.end_or();
        let at = group.at;
        let mut operands = group.xors.into_iter();
        let Some(mut sum) = operands.next() else {
            return Ok(Filter::All(Vec::new()));
        };
        for next in operands {
            // Each side is written twice, so the limit holds for what comes out.
            let (left, right) = (sum.clone(), next.clone());
            self.count(&left, (at, at + 1))?;
            self.count(&right, (at, at + 1))?;
            sum = Filter::Any(vec![
                Filter::All(vec![sum, Filter::Not(Box::new(next))]),
                Filter::All(vec![Filter::Not(Box::new(left)), right]),
            ]);
        }
        Ok(sum)
    }

    fn count(&mut self, filter: &Filter, span: (usize, usize)) -> Result<(), Trouble> {
        self.terms += size(filter);
        if self.terms > MOST_TERMS {
            let message = format!("a filter has at most {MOST_TERMS} terms");
            return Err(Trouble::new(TroubleKind::Limit, self.text, span, message));
        }
        Ok(())
    }

    fn trouble(&self, span: (usize, usize), message: impl Into<String>) -> Trouble {
        Trouble::new(TroubleKind::Filter, self.text, span, message)
    }
}

impl Group {
    fn is_empty(&self) -> bool {
        self.xors.is_empty() && self.ors.is_empty() && self.ands.is_empty()
    }

    fn end_and(&mut self) {
        let ands = std::mem::take(&mut self.ands);
        self.union = None;
        if !ands.is_empty() {
            self.ors.push(single(ands, Filter::All));
        }
    }

    fn end_or(&mut self) {
        self.end_and();
        let ors = std::mem::take(&mut self.ors);
        if !ors.is_empty() {
            self.xors.push(single(ors, Filter::Any));
        }
    }
}

/// One operand needs no operator.
fn single(mut operands: Vec<Filter>, join: fn(Vec<Filter>) -> Filter) -> Filter {
    match operands.pop() {
        Some(only) if operands.is_empty() => only,
        Some(last) => {
            operands.push(last);
            join(operands)
        }
        None => join(operands),
    }
}

fn is_task(filter: &Filter) -> bool {
    matches!(filter, Filter::Is(Term::Number(_) | Term::Range(..) | Term::Id(_)))
}

fn names_tasks(filter: &Filter) -> bool {
    match filter {
        Filter::Any(parts) => parts.iter().all(is_task),
        other => is_task(other),
    }
}

fn alternatives(filter: Filter) -> Vec<Filter> {
    match filter {
        Filter::Any(parts) => parts,
        other => vec![other],
    }
}

/// Counts terms with a stack, as a tree may be deep.
fn size(filter: &Filter) -> usize {
    let (mut open, mut terms) = (vec![filter], 0);
    while let Some(next) = open.pop() {
        match next {
            Filter::All(parts) | Filter::Any(parts) => open.extend(parts),
            Filter::Not(inner) => open.push(inner),
            Filter::Is(_) => terms += 1,
        }
    }
    terms
}
