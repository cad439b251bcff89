"""Every right solution with one operator, function, constant or branch changed, as a program changes it that knows no losses."""

import ast
import copy

OPERATORS = {
    ast.Add: [ast.Sub],
    ast.Sub: [ast.Add],
    ast.Mult: [ast.Div],
    ast.Div: [ast.Mult],
    ast.Pow: [ast.Mult],
}
FUNCTIONS = {"minimum": "maximum", "maximum": "minimum", "exp": "abs", "log": "exp", "sqrt": "square", "sum": "mean", "mean": "sum"}


def changes(node):
    """What could stand in a node's place."""
    if isinstance(node, ast.BinOp):
        for operator in OPERATORS.get(type(node.op), []):
            yield ast.BinOp(node.left, operator(), node.right)
        yield node.left
        if not isinstance(node.op, (ast.Pow, ast.Div)):
            yield node.right
        if isinstance(node.op, ast.Sub):
            yield ast.BinOp(node.right, ast.Sub(), node.left)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield node.operand
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in FUNCTIONS:
        function = ast.Attribute(node.func.value, FUNCTIONS[node.func.attr], ast.Load())
        yield ast.Call(function, node.args, node.keywords)
        if len(node.args) == 2:
            yield from node.args
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args and node.func.id in ("sigmoid", "log_sigmoid"):
        yield node.args[0]
        yield ast.Call(node.func, [ast.UnaryOp(ast.USub(), node.args[0])], [])
    if isinstance(node, ast.Constant) and node.value in (1, 2):
        yield ast.Constant(node.value + 1)
        yield ast.Constant(node.value - 1)


class Replacing(ast.NodeTransformer):
    def __init__(self, old, new):
        self.old, self.new = old, new

    def generic_visit(self, node):
        return self.new if node is self.old else super().generic_visit(node)


def mutants(body):
    """The texts of a function with one thing changed, each once."""
    tree = ast.parse(body)
    seen = {ast.unparse(tree)}
    for node in list(ast.walk(tree)):
        for new in changes(node):
            text = ast.unparse(ast.fix_missing_locations(copy.deepcopy(Replacing(node, new).visit(tree))))
            Replacing(new, node).visit(tree)
            if text not in seen:
                seen.add(text)
                yield text
