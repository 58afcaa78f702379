//! Every way that a step can go has a name, and every name is that of one way.
//!
//! Read off the sources, in whatever has the rules at hand: the methods of a step, and functions that are given `rules`. There, each of
//! these tells `took` who it is:
//! - an arm of a match, unless all arms have been named at once just before it;
//! - a branch of an `if`, or the `else` of a `let`, that returns early.

use katakv_core::Branch;
use std::collections::BTreeMap;
use std::path::Path;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Block, Expr, FnArg, Pat, Stmt};

#[test]
fn each_fork_names_its_ways() {
    let nameless = survey().nameless;
    assert!(
        nameless.is_empty(),
        "these ways have no name:\n{}",
        nameless.join("\n")
    );
}

#[test]
fn each_name_is_of_one_way() {
    let names = survey().names;
    for branch in Branch::ALL {
        let places = names.get(branch.name()).map_or(&[][..], Vec::as_slice);
        assert!(places.len() == 1, "{branch:?} is told at {places:?}");
    }
}

#[test]
fn a_way_without_a_name_is_found() {
    let of = |body: &str| {
        let source = format!("impl Step {{ fn some(&mut self) {{ {body} }} }}");
        let mut survey = Survey::default();
        survey.read("some.rs", &source);
        survey.nameless.len()
    };
    assert_eq!(of("match x { A => rules.took(Branch::A), B => {} }"), 1);
    assert_eq!(
        of("match x { A => rules.took(Branch::A), B => { rules.took(Branch::B); go() } }"),
        0
    );
    assert_eq!(
        of("rules.took(Branch::of_input(&x)); match x { A => {}, B => {} }"),
        0
    );
    assert_eq!(of("rules.took(Branch::A); match x { A => {}, B => {} }"), 2);
    assert_eq!(
        of("match x { A => if y { rules.took(Branch::A) }, B => rules.took(Branch::B) }"),
        1
    );
    assert_eq!(of("if x { return; } go()"), 1);
    assert_eq!(of("if x { return self.rules.took(Branch::A); } go()"), 0);
    assert_eq!(of("if x { rules.took(Branch::A); } else { return; }"), 1);
    assert_eq!(of("let Some(x) = y else { return };"), 1);
    assert_eq!(of("let Some(x) = y else { unreachable!() };"), 0);
    assert_eq!(
        of("for x in y { z.retain(|z| { if z { return true; } false }); }"),
        1
    );
}

/// What the sources say.
#[derive(Default)]
struct Survey {
    file: String,
    /// Where there is a way that does not tell who it is.
    nameless: Vec<String>,
    /// Where each branch is told.
    names: BTreeMap<String, Vec<String>>,
    /// Whether what is being looked at has the rules at hand.
    looks: bool,
}

fn survey() -> Survey {
    let mut survey = Survey::default();
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for file in std::fs::read_dir(sources).expect("there are sources") {
        let path = file.expect("it is listed").path();
        let source = std::fs::read_to_string(&path).expect("it is readable");
        let name = path.file_name().expect("it is a file").to_string_lossy();
        survey.read(&name, &source);
    }
    survey
}

impl Survey {
    fn read(&mut self, file: &str, source: &str) {
        self.file = file.into();
        let parsed = syn::parse_file(source).expect("it compiles, so it parses");
        self.visit_file(&parsed);
    }

    fn place(&self, at: &impl Spanned) -> String {
        format!("{}:{}", self.file, at.span().start().line)
    }

    fn expects_name(&mut self, way: &impl Spanned, tells: bool) {
        if self.looks && !tells {
            self.nameless.push(self.place(way));
        }
    }

    fn within(&mut self, has_rules: bool, look: impl FnOnce(&mut Survey)) {
        let before = std::mem::replace(&mut self.looks, has_rules);
        look(self);
        self.looks = before;
    }
}

impl<'ast> Visit<'ast> for Survey {
    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        let of_step = matches!(&*item.self_ty, syn::Type::Path(path)
            if path.path.segments.last().is_some_and(|last| last.ident == "Step"));
        self.within(of_step, |survey| visit::visit_item_impl(survey, item));
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        let has_rules = self.looks || is_given_rules(&item.sig);
        self.within(has_rules, |survey| visit::visit_impl_item_fn(survey, item));
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.within(is_given_rules(&item.sig), |survey| {
            visit::visit_item_fn(survey, item)
        });
    }

    fn visit_block(&mut self, block: &'ast Block) {
        for (place, statement) in block.stmts.iter().enumerate() {
            let named_at_once = place > 0 && block.stmts.get(place - 1).is_some_and(names_all);
            match statement {
                Stmt::Expr(Expr::Match(several), _) if named_at_once => {
                    for arm in &several.arms {
                        visit::visit_arm(self, arm);
                    }
                }
                _ => self.visit_stmt(statement),
            }
        }
    }

    fn visit_arm(&mut self, arm: &'ast syn::Arm) {
        self.expects_name(&arm.pat, tells(&arm.body));
        visit::visit_arm(self, arm);
    }

    fn visit_expr_if(&mut self, fork: &'ast syn::ExprIf) {
        if returns(&fork.then_branch) {
            self.expects_name(&fork.then_branch, block_tells(&fork.then_branch));
        }
        if let Some((_, other)) = &fork.else_branch
            && let Expr::Block(other) = &**other
            && returns(&other.block)
        {
            self.expects_name(other, block_tells(&other.block));
        }
        visit::visit_expr_if(self, fork);
    }

    fn visit_local(&mut self, local: &'ast syn::Local) {
        if let Some(init) = &local.init
            && let Some((_, otherwise)) = &init.diverge
            && let Expr::Block(otherwise) = &**otherwise
            && returns(&otherwise.block)
        {
            self.expects_name(otherwise, block_tells(&otherwise.block));
        }
        visit::visit_local(self, local);
    }

    /// Names are told by `took`, and by the matches that name kinds.
    fn visit_path(&mut self, path: &'ast syn::Path) {
        let segments: Vec<String> = path
            .segments
            .iter()
            .map(|segment| segment.ident.to_string())
            .collect();
        if let [branch, name] = &segments[..]
            && branch == "Branch"
            && !name.starts_with("of_")
            && name != "ALL"
        {
            let place = self.place(path);
            self.names.entry(name.clone()).or_default().push(place);
        }
        visit::visit_path(self, path);
    }
}

fn is_given_rules(signature: &syn::Signature) -> bool {
    signature.inputs.iter().any(|input| {
        matches!(input, FnArg::Typed(typed) if matches!(&*typed.pat, Pat::Ident(name) if name.ident == "rules"))
    })
}

/// Whether an expression says who it is, without another fork between.
fn tells(expr: &Expr) -> bool {
    match expr {
        Expr::Block(block) => block_tells(&block.block),
        Expr::Return(returned) => returned.expr.as_deref().is_some_and(tells),
        expr => told(expr).is_some(),
    }
}

fn block_tells(block: &Block) -> bool {
    block
        .stmts
        .iter()
        .any(|statement| matches!(statement, Stmt::Expr(expr, _) if tells(expr)))
}

/// What is told by a call of `took`.
fn told(expr: &Expr) -> Option<&Expr> {
    match expr {
        Expr::MethodCall(call) if call.method == "took" => call.args.first(),
        _ => None,
    }
}

/// Whether a statement names whatever way the next match goes.
fn names_all(statement: &Stmt) -> bool {
    matches!(statement, Stmt::Expr(expr, _) if matches!(told(expr), Some(Expr::Call(_))))
}

fn returns(block: &Block) -> bool {
    let is_return = |statement: &Stmt| matches!(statement, Stmt::Expr(Expr::Return(_), _));
    block.stmts.iter().any(is_return)
}
