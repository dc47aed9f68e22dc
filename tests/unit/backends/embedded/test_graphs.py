"""Graphs: how they are made, what can be read of them, and what is told where something does not fit."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from jupyterlab_sentinel.backends.embedded.execution import Execution
from jupyterlab_sentinel.backends.embedded.translation.statements import translate
from jupyterlab_sentinel.errors import KqlError, KqlSemanticError, KqlUnsupportedError

from .asking import Opener, columns, rows

TABLES = """
let E = datatable(s:string, t:string, w:long)["a","b",1, "b","c",2, "c","a",3, "c","d",4, "d","d",5, "x","y",6];
let N = datatable(id:string, name:string, age:long)["a","Alice",3, "b","Bob",4, "c","Carol",long(null), "z","Zed",9];
"""
MADE = "E | make-graph s --> t with N on id"
Rows = list[tuple[object, ...]]
Ask = Callable[[str], Rows]


@pytest.fixture
def ask(execution: Execution) -> Ask:
    def answer(kql: str) -> Rows:
        statements = translate(TABLES + kql, {}, None, None, 0, execution.rows).statements
        return [row for statement in statements for row in sorted(execution.rows(statement.sql), key=repr)]

    return answer


# --- making ----------------------------------------------------------------------------------------


def test_nodes_of_the_edges_have_their_id_and_nothing_else(ask: Ask) -> None:
    assert ask(f"{MADE} | graph-to-table nodes") == [
        ("a", "Alice", 3),
        ("b", "Bob", 4),
        ("c", "Carol", None),
        ("d", "", None),
        ("x", "", None),
        ("y", "", None),
        ("z", "Zed", 9),
    ]


def test_every_row_is_an_edge(ask: Ask) -> None:
    twice = 'datatable(s:string, t:string)["a","b", "a","b"] | make-graph s --> t with_node_id=n'
    assert ask(f"{twice} | graph-match (p)-->(q) project p.n, q.n") == [("a", "b"), ("a", "b")]
    assert ask(f"{twice} | graph-to-table nodes") == [("a",), ("b",)]


def test_a_null_is_an_id(ask: Ask) -> None:
    nulls = "datatable(s:long, t:long)[1,2, long(null),3, 4,long(null)] | make-graph s --> t with_node_id=n"
    assert ask(f"{nulls} | graph-to-table nodes | count") == [(5,)]
    assert ask(f"{nulls} | graph-match (p)-->(q)-->(r) project p.n, q.n, r.n") == [(4, None, 3)]


def test_the_first_of_a_nodes_rows(ask: Ask) -> None:
    rows = 'datatable(id:string, v:long, w:long)["a",1,10, "a",2,long(null), "a",3,30]'
    made = f'datatable(s:string, t:string)["a","b"] | make-graph s --> t with ({rows} | sort by v desc) on id'
    assert ask(f"{made} | graph-to-table nodes") == [("a", 3, 30), ("b", None, None)]


def test_what_two_tables_know_of_a_node_is_merged(ask: Ask) -> None:
    one = 'datatable(id:string, v:long, z:string)["a",1,"", "c",2,"m"]'
    other = 'datatable(key:string, v:long, z:string, w:real)["a",5,"x",2.5, "d",6,"y",1.5]'
    made = f'datatable(s:string, t:string)["a","b"] | make-graph s --> t with ({one}) on id, ({other}) on key'
    assert ask(f"{made} | graph-to-table nodes | project id, key, v, z, w") == [
        ("", "d", 6, "y", 1.5),
        ("a", "a", 1, "x", 2.5),
        ("b", "b", None, "", None),
        ("c", "", 2, "m", None),
    ]


def test_a_property_of_two_types_is_refused_where_it_is_read(ask: Ask) -> None:
    tables = '(datatable(id:string, v:long)["a",1]) on id, (datatable(id:string, v:string, w:long)["a","x",2]) on id'
    made = f"E | make-graph s --> t with {tables}"
    assert ask(f"{made} | graph-match (n) where n.id == 'a' project n.w") == [(2,)]
    for end in ("graph-match (n) project n.v", "graph-to-table nodes"):
        with pytest.raises(KqlUnsupportedError, match="several types"):
            ask(f"{made} | {end}")


def test_a_graph_by_let_and_from_a_function(ask: Ask) -> None:
    assert ask(f"let G = {MADE}; G | graph-match (n)-->(m) project n.id | join kind=inner (G | graph-match (k) project "
               "n_id=k.id) on n_id | count") == [(6,)]  # fmt: skip
    function = "let f = (least:long) { E | where w >= least | make-graph s --> t with_node_id=n };"
    assert ask(f"{function} f(5) | graph-match (p)-->(q) project p.n, q.n") == [("d", "d"), ("x", "y")]
    assert ask("let f = () { E | make-graph s --> t with_node_id=n }; f | graph-to-table edges | count") == [(6,)]


# --- partitions --------------------------------------------------------------------------------------

PARTED = """
let P = datatable(s:string, t:string, c:string)["a","b","1", "b","c","1", "a","b","2", "b","x","2", "z","z","3"];
let M = datatable(id:string, c:string, n:long)["a","1",1, "b","1",2, "a","2",3, "q","4",9];
P | make-graph s --> t with M on id partitioned-by c
"""


def test_partitions_are_graphs_of_their_own(ask: Ask) -> None:
    assert ask(f"{PARTED} (graph-match (p)-->(q)-->(r) project p.n, q.n, r.id)") == [
        (1, 2, "c"),
        (3, None, "x"),
    ]
    assert ask(f"{PARTED} (graph-shortest-paths (p)-[e*2..3]->(q) project p.id, q.id, c = map(e, c))") == [
        ("a", "c", '["1","1"]'),
        ("a", "x", '["2","2"]'),
    ]
    assert len(ask(f"{PARTED} (graph-to-table edges)")) == 5


def test_operators_within_partitions_see_one_each(ask: Ask) -> None:
    matched = "graph-match (p)-->(q) project p.id, q.id"
    assert ask(f"{PARTED} ({matched} | top 1 by q_id)") == [("b", "c"), ("b", "x"), ("z", "z")]
    assert ask(f"{PARTED} (graph-match (p)-->(q) where p.id != q.id project p.id | count)") == [(0,), (2,), (2,)]


# --- reading -----------------------------------------------------------------------------------------


def test_hashes_of_ids_are_those_of_hash(ask: Ask) -> None:
    assert ask(f"{MADE} | graph-to-table nodes with_node_id=h | where h != hash(id) | count") == [(0,)]
    edges = f"{MADE} | graph-to-table edges with_source_id=x with_target_id=y"
    assert ask(f"{edges} | where x != hash(s) or y != hash(t) | count") == [(0,)]


def test_two_tables_by_name(ask: Ask) -> None:
    assert ask(f"{MADE} | graph-to-table nodes as A, edges as B; A | count; B | where w > 3 | project w") == [
        (7,),
        (4,),
        (5,),
        (6,),
    ]


def test_a_whole_node_or_edge_is_a_bag_without_what_is_empty(ask: Ask) -> None:
    shown = ask(f"{MADE} | graph-match (n)-[e]->(m) where e.w == 2 project n, e, m")
    assert [json.loads(str(cell)) for cell in shown[0]] == [
        {"id": "b", "name": "Bob", "age": 4},
        {"s": "b", "t": "c", "w": 2},
        {"id": "c", "name": "Carol"},
    ]
    assert ask(f"{MADE} | graph-match (n)-[e*2..2]->(m) where n.id == 'b' and m.id == 'd' project e") == [
        ('[{"s":"b","t":"c","w":2},{"s":"c","t":"d","w":4}]',)
    ]


def test_an_edge_both_ways_is_one_edge_and_a_loop_has_two_ways(ask: Ask) -> None:
    assert ask("E | where s == 'a' | make-graph s --> t with_node_id=n | graph-match (p)--(q)--(r) project p.n") == []
    loop = "E | where s == 'd' | make-graph s --> t with_node_id=n | graph-match"
    assert len(ask(f"{loop} (p)--(q) project p.n")) == 2
    assert len(ask(f"{loop} (p)-->(q) project p.n")) == 1


def test_nulls_do_not_pass_conditions_over_edges(ask: Ask) -> None:
    made = 'datatable(s:string, t:string, w:long)["a","b",long(null)] | make-graph s --> t with_node_id=n'
    values = "project x = all(e, w > 0), y = any(e, w > 0), z = all(e, not(w > 0)), v = e.w"
    assert ask(f"{made} | graph-match (p)-[e*1..1]->(q) {values}") == [("false", "false", "false", "[null]")]
    assert ask(f"{made} | graph-match (p)-[e*1..1]->(q) where all(e, not(w > 0)) project p.n") == []
    assert ask(f"{made} | graph-match (p)-[e*0..0]->(q) where p.n == 'a' {values}") == [("true", "false", "true", "[]")]


def test_functions_of_nodes(ask: Ask) -> None:
    degrees = "node_degree_in(n), o = node_degree_out(n), i = node_id(n), l = labels(n)"
    assert ask(f"{MADE} | graph-match (n) where n.id in ('d', 'z') project {degrees}") == [
        (0, 0, "z", "[]"),
        (2, 1, "d", "[]"),
    ]
    inner = "map(inner_nodes(e), strcat(node_id(), node_degree_in(), node_degree_out(), name, array_length(labels())))"
    assert ask(f"{MADE} | graph-match (p)-[e*3..3]->(q) where p.id == 'a' and q.id == 'd' project x = {inner}") == [
        ('["b11Bob0","c12Carol0"]',)
    ]


def test_a_bare_condition_is_about_every_edge(ask: Ask) -> None:
    matched = f"{MADE} | graph-match (a)-[e*1..3]->(b) where a.id == 'a' and"
    assert ask(f"{matched} (e.w == 1 or e.s == 'b') project e.w") == [("[1,2]",), ("[1]",)]
    assert ask(f"{matched} all(e, w == 1 or s == 'b') project e.w") == [("[1,2]",), ("[1]",)]
    # What let binds is no property, though one has its name.
    assert ask(f"let w = dynamic([1, 2]); {matched} e.w in (w) project e.w") == [("[1,2]",), ("[1]",)]


def test_what_let_binds_is_read_beside_the_pattern(ask: Ask) -> None:
    bound = "let b = 'c'; let least = 2; let limit = 2; let L = dynamic(['a', 'b']);"
    matched = f"{MADE} | graph-match (a)-[e*1..limit]->(b) where a.id in (L) and all(e, w >= least) project a.id, b.id"
    # A name of the pattern comes before what let binds.
    assert ask(f"{bound} {matched}") == [("b", "a"), ("b", "c"), ("b", "d")]
    assert ask(f"{MADE} | graph-match (a)-->(b) where b.name in ((N | where age > 3 | project name)) project a.id") == [
        ("a",)
    ]


def test_letters_that_mean_something_elsewhere(ask: Ask) -> None:
    columns = """(['s"s']:string, ["t't"]:string, ['w {x}']:string)"""
    odd = f"""datatable{columns}["a'b", 'c"d', '"],["', 'c"d', "é\\n;--", "'); DROP"]"""
    made = f"""{odd} | make-graph ['s"s'] --> ["t't"] with_node_id=["n'\\"{{}}"]"""
    matched = "graph-match (['select *'])-[['from x1']*1..2]->(q)"
    rows = ask(f"""{made} | {matched} project ['select *'].["n'\\"{{}}"], ['from x1'].['w {{x}}'], q""")
    assert [(first, json.loads(str(way)), json.loads(str(end))) for first, way, end in rows] == [
        ("a'b", ['"],["', "'); DROP"], {"n'\"{}": "é\n;--"}),
        ("a'b", ['"],["'], {"n'\"{}": 'c"d'}),
        ('c"d', ["'); DROP"], {"n'\"{}": "é\n;--"}),
    ]


def test_names_that_read_alike_are_kept_apart(ask: Ask) -> None:
    nodes = """datatable(id:string, c:string, ['b.c']:string)["a", "1", "2", "b", "3", "4"]"""
    made = f"E | where w == 1 | make-graph s --> t with ({nodes}) on id"
    pattern = "graph-match (a)-[e]->(['a.b'])"
    assert ask(f"{made} | {pattern} project x = ['a.b'].c, y = a.['b.c'], z = a.c") == [("3", "2", "1")]
    assert ask(f"{made} | graph-match (['1:a.c'])-->(a) project a.c, ['1:a.c'], a") == [
        ("3", '{"id":"a","c":"1","b.c":"2"}', '{"id":"b","c":"3","b.c":"4"}')
    ]


def test_a_long_chain(ask: Ask) -> None:
    chain = (
        "range i from 1 to 400 step 1 | extend s = tostring(i), t = tostring(i + 1) | make-graph s --> t with_node_id=n"
    )
    way = "(p)-[e*1..1000]->(q) where p.n == '1' and q.n == '401' project n = array_length(e)"
    assert ask(f"{chain} | graph-match {way}") == [(400,)]
    assert ask(f"{chain} | graph-shortest-paths {way}") == [(400,)]
    assert ask(
        f"{chain} | graph-shortest-paths output=all (p)-[e*0..1000]->(q) where q.n == '401' project x = 1 | count"
    ) == [(401,)]
    for kind, count in (("weak", 1), ("strong", 401)):
        marked = f"{chain} | graph-mark-components kind={kind} | graph-to-table nodes"
        assert ask(f"{marked} | summarize dcount(ComponentId), max(ComponentId)") == [(count, count - 1)]


@pytest.mark.parametrize("length", [3, 20])
def test_the_shortest_way_that_passes_no_forbidden_node(ask: Ask, length: int) -> None:
    rows = f"range i from 1 to {length} step 1 | extend s = tostring(i), t = tostring(i + 1)"
    short = f'datatable(s:string, t:string)["1", "x", "x", "{length + 1}", "x", "{length}"]'
    made = f"{rows} | union ({short}) | make-graph s --> t with_node_id=n"
    way = f"(p)-[e*1..30]->(q) where p.n == '1' and q.n == '{length + 1}'"
    for output in ("any", "all"):
        shortest = f"{made} | graph-shortest-paths output={output} {way}"
        assert ask(f"{shortest} project n = array_length(e)") == [(2,)]
        assert ask(f"{shortest} and all(inner_nodes(e), n != 'x') project n = array_length(e)") == [(length,)]
        assert ask(f"{shortest} and any(e, t == '2') project n = array_length(e)") == [(length,)]


def test_a_graph_without_edges(ask: Ask) -> None:
    empty = "E | where w > 99 | make-graph s --> t with N on id"
    assert ask(f"{empty} | graph-to-table edges") == []
    assert len(ask(f"{empty} | graph-to-table nodes")) == 4
    assert ask(f"{empty} | graph-match (p)-[e*1..3]->(q) project p.id") == []
    assert len(ask(f"{empty} | graph-match (p)-[e*0..3]->(q) project p.id, e.w")) == 4
    assert ask(f"{empty} | graph-mark-components | graph-match (n) project n.ComponentId") == [(0,), (1,), (2,), (3,)]
    assert (
        ask("E | where w > 99 | make-graph s --> t with_node_id=n | graph-mark-components | graph-to-table nodes") == []
    )


async def test_tables_and_functions_of_a_folder(opened: Opener, folder: Path) -> None:
    (folder / "Flows_CL.csv").write_text("s,t,_ItemId\na,b,i1\nb,c,i2\n")
    (folder / "Hosts_CL.csv").write_text("id,owner,_ItemId\na,Alice,h1\nc,Carol,h2\n")
    (folder / "functions").mkdir()
    (folder / "functions" / "Flows.kql").write_text("Flows_CL | make-graph s --> t with Hosts_CL on id")
    backend = await opened()
    matched = "Flows | graph-match (a)-[e*1..2]->(b) where b.owner == 'Carol'"
    assert sorted(await rows(backend, f"{matched} project a.id, i = map(e, _ItemId), b._ItemId")) == [
        ("a", ["i1", "i2"], "h2"),
        ("b", ["i2"], "h2"),
    ]
    # What tables do not show, graphs do not either.
    assert await rows(backend, f"{matched} and array_length(e) == 1 project e, b") == [
        ([{"s": "b", "t": "c", "Type": "Flows_CL"}], {"id": "c", "owner": "Carol", "Type": "Hosts_CL"})
    ]
    assert await columns(backend, "Flows | graph-to-table nodes") == {
        "id": "string",
        "owner": "string",
        "Type": "string",
    }
    with pytest.raises(KqlSemanticError) as caught:
        await rows(backend, "Flows | where s == 'a'")
    assert "where takes a table, and this is a graph" in caught.value.message


# --- errors --------------------------------------------------------------------------------------------

WRONG = {
    "E | make-graph s --> q with_node_id=n | graph-to-table nodes": ("q", "There is no column 'q'.", "There are"),
    "E | make-graph s --> t with N on idd | graph-to-table nodes": ("idd", "There is no column 'idd'.", "id"),
    "E | make-graph s --> t with Q on id | graph-to-table nodes": ("Q", "There is no table 'Q'.", ""),
    "E | make-graph s --> w with_node_id=n | graph-to-table nodes": (
        "w",
        "source is a string and their target a long",
        "",
    ),
    "E | make-graph s --> t with N on age | graph-to-table nodes": ("age", "id is a long, and the edges", "tostring"),
    "E | extend d = todynamic(s) | make-graph d --> d with_node_id=n | graph-to-table nodes": ("d", "dynamic", ""),
    f"{MADE}": ("E", "A table is expected here, and this is a graph", "graph-match"),
    f"{MADE} | where age > 3": ("where", "where takes a table, and this is a graph", "graph-match"),
    f"let G = {MADE}; union G, E": ("G", "this is a graph", "graph-match"),
    f"let G = {MADE}; E | join kind=inner (G) on s": ("(G", "this is a graph", ""),
    f"let G = {MADE}; E | where s in (G)": ("G", "this is a graph", ""),
    f"let G = {MADE}; print toscalar(G)": ("G", "this is a graph", ""),
    f"let f = () {{ {MADE} }}; print f()": ("f", "gives a graph, and a single value", ""),
    "E | graph-match (a)-->(b) project a.name": ("graph-match", "takes a graph, and this is a table", "make-graph"),
    "E | graph-to-table nodes": ("graph-to-table", "takes a graph, and this is a table", "make-graph"),
    f"{MADE} | graph-match (a)-->(b) project a.nme": ("nme", "no property of nodes called 'nme'", "name"),
    f"{MADE} | graph-match (a)-[e]->(b) where e.W > 3 project a.id": ("W", "property of edges called 'W'", "w?"),
    f"{MADE} | graph-match (a)-[e*1..2]->(b) project e.W": ("W", "no property of edges called 'W'", "w?"),
    f"{MADE} | graph-match (a)-[e*1..2]->(b) project x = map(inner_nodes(e), w)": ("w", "no property of nodes", ""),
    f"{MADE} | graph-match (aa)-->(b) project a.name": ("a", "node or edge of the pattern called 'a'", "aa"),
    f"{MADE} | graph-match (a)-->(b) project name": ("name", "no name 'name' in the pattern", "a.name"),
    "E | make-graph s --> t | graph-match (a)-->(b) project a.x": ("x", "the nodes have none", "with_node_id"),
    f"{MADE} | graph-match (a)-->(b), (c)-->(d) project a.id": ("(c", "share no node", ""),
    f"{MADE} | graph-match (a)-[e*3..1]->(b) project a.id": ("3", "3 to 1 edges", ""),
    f"{MADE} | graph-match (a)-[e*1..1.5]->(b) project a.id": ("1.5", "whole numbers", ""),
    f"{MADE} | graph-match (a)-[e*1..toscalar(N | count)]->(b) project a.id": ("toscalar", "whole numbers", ""),
    f"{MADE} | graph-match (a)<-[e]->(b) project a.id": ("<-", "one direction, or either", ""),
    f"{MADE} | graph-match cycles=some (a)-->(b) project a.id": ("some", "cycles=some", "unique_edges"),
    f"{MADE} | graph-match (a)-->(b)": ("graph-match", "needs 'project'", ""),
    f"{MADE} | graph-match (a)-->(b) project *": ("*", "no columns that '*' could mean", ""),
    f"{MADE} | graph-match (a)-->(b) project x = a.id, x = b.id": ("x = b", "two columns", ""),
    f"{MADE} | graph-match (a)-[e*1..2]->(b) where e.w > a.age project a.id": ("e.w", "'e' is several edges", "all(e"),
    f"{MADE} | graph-match (a)-[e*1..2]->(b) project x = strcat(e.s, 'x')": ("e.s", "'e' is several edges", "map(e"),
    f"{MADE} | graph-match (a)-[e*1..2]->(b) project x = inner_nodes(e)": ("inner", "inside of map()", ""),
    f"{MADE} | graph-match (a)-[e*1..2]->(b) project x = map(a, 1)": ("a, 1", "edge of variable length first", ""),
    f"{MADE} | graph-match (a)-[e*1..2]->(b) project x = map(e)": ("map", "an edge and an expression", ""),
    f"{MADE} | graph-match (a)-[e*1..2]->(b) where all(e, s) project a.id": ("s)", "condition is expected", ""),
    f"{MADE} | graph-match (a)-[e]->(b) project x = node_degree_in(e)": ("e)", "takes a node, and 'e' is an edge", ""),
    f"{MADE} | graph-match (a)-[e]->(b) project x = node_degree_in()": ("node_", "takes a node of the pattern", ""),
    f"{MADE} | graph-match (a)-[e*1..2]->(b) project x = map(e, node_id())": ("node_", "about nodes", "inner_nodes"),
    f"{MADE} | graph-match (a)-->(b) where count(a.id) > 1 project a.id": ("count", "aggregate", ""),
    f"{MADE} | graph-match (a)-->(b) where a.id project a.id": (".id p", "condition is expected", ""),
    f"{MADE} | graph-shortest-paths (a)-[e*1..3]->(b) where a.age == b.age project a.id": (
        "== b.age",
        "no two parts",
        "",
    ),
    f"{MADE} | graph-shortest-paths output=one (a)-[e*1..3]->(b) project a.id": ("one", "output=one", "any, all"),
    f"{MADE} | graph-mark-components kind=odd | graph-to-table nodes": ("odd", "kind=odd", "weak, strong"),
    f"{MADE} | graph-mark-components with_component_id=age | graph-to-table nodes": ("age", "'age' already", ""),
    f"{MADE} | graph-to-table nodes with_source_id=x": ("x", "does not go with nodes", "with_node_id"),
    f"{MADE} | graph-to-table nodes with_node_id=name": ("nodes with", "two columns 'name'", ""),
    f"{MADE} | graph-to-table nodes, edges; E": ("nodes, ", "need names", "nodes as N"),
    f"{MADE} | graph-to-table nodes as A, edges as A; A": ("graph-to", "have one name", ""),
    f"{MADE} | graph-to-table nodes as A, nodes as B; A": ("graph-to", "each of them once", ""),
    f"{MADE} partitioned-by q (graph-match (a)-->(b) project a.id)": ("q", "There is no column 'q'", ""),
    f"{MADE} partitioned-by s (graph-match (a)-->(b) project a.id)": (
        "s",
        "Each table of nodes needs the column 's'",
        "",
    ),
    f"{PARTED} (where s == 'a')": ("where", "begin with an operator that makes a table", "graph-match"),
    f"{PARTED} (graph-mark-components)": ("graph-mark", "begin with an operator that makes a table", "graph-match"),
}


@pytest.mark.parametrize("kql", WRONG)
def test_what_is_wrong_is_told_at_its_place(ask: Ask, kql: str) -> None:
    at, message, hint = WRONG[kql]
    with pytest.raises(KqlError) as caught:
        ask(kql)
    error = caught.value
    assert isinstance(error, KqlSemanticError)
    assert message in error.message
    assert hint in error.hint
    assert error.position is not None
    lines = (TABLES + kql).split("\n")
    assert lines[error.position.line - 1][error.position.column :].startswith(at)


REFUSED = {
    "E | make-graph s -- t with_node_id=n | graph-to-table nodes": "make-graph of undirected edges",
    f"{MADE} | graph-match cycles=none (a)-->(b)-->(a) project a.id": "leads back to a node",
    f"{MADE} | graph-match cycles=none (a)-[e*0..2]->(b) project a.id": "cycles=none with an edge of no length",
    f"{MADE} | graph-match (a)-[a]->(b) project a.id": "the name 'a' for two things",
    f"{MADE} | graph-match (a)-[e]->(b)-[e]->(c) project a.id": "the name 'e' for two things",
    f"{MADE} | graph-match (a)-->(b) project tostring(a.id)": "tostring() in project without a name",
    f"{MADE} | graph-match (a)-[e*1..2]->(b) project map(e, w)": "map() in project without a name",
    f"{MADE} | graph-match (a)-[e*1..2]->(b) project x = map(e, w + a.age)": "'a' of the pattern inside of map()",
    f"{MADE} | graph-match (a)-[e*1..2]->(b) project x = map(e, map(e, w))": "map() inside of another map()",
    f"{MADE} | graph-match (a)-[e*1..2]->(b) project x = labels(e)": "labels() of several edges",
    f"{MADE} | graph-shortest-paths (a)-->(b) project a.id": "a pattern other than",
    f"{MADE} | graph-shortest-paths (a)-[e*1..2]->(b)-->(c) project a.id": "a pattern other than",
    "E | make-graph s --> t | graph-to-table nodes": "a table of nodes without properties",
    "E | make-graph w --> w with_node_id=n | graph-to-table nodes with_node_id=h": "with_node_id of a graph whose ids",
    "E | extend r = 1.5 | make-graph r --> r with_node_id=n | graph-match (a) project x = node_id(a)": "node_id() of",
    f"let X = {MADE} | graph-to-table nodes as A, edges as B; X": "graph-to-table with two tables here",
    f"{MADE} | graph-where-nodes age > 3": "the operator graph-where-nodes",
    "E | mv-apply x = pack_array(1) on (make-graph s --> t with_node_id=n)": "make-graph inside mv-apply or partition",
    "E | fork (make-graph s --> t with_node_id=n | graph-to-table nodes)": "make-graph here",
    f"{PARTED} (graph-to-table nodes)": "partitioned-by with what needs no edges",
    f"{PARTED} (graph-match (n) project n.id)": "partitioned-by with what needs no edges",
    f"{MADE} | graph-match {'(a)-->' * 51}(b) project b.id": "a pattern of more than 50 edges",
}


@pytest.mark.parametrize("kql", REFUSED)
def test_what_is_not_documented_is_refused(ask: Ask, kql: str) -> None:
    with pytest.raises(KqlUnsupportedError) as caught:
        ask(kql)
    assert REFUSED[kql] in caught.value.construct
    assert caught.value.position is not None


def test_two_names_alone_give_no_table(ask: Ask) -> None:
    with pytest.raises(KqlSemanticError, match="gives no table"):
        ask(f"{MADE} | graph-to-table nodes as A, edges as B")
