"""Sends tables as Arrow streams of pyarrow's making. Arguments: URLs of the servers of iris and churn, rows as JSON."""

import io
import json
import sys
import urllib.request

import pyarrow as pa

iris_url, churn_url, sent = sys.argv[1], sys.argv[2], json.load(open(sys.argv[3]))


def ask(url, table, batch=None, accept=None, **options):
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, table.schema, options=pa.ipc.IpcWriteOptions(**options)) as writer:
        writer.write_table(table, max_chunksize=batch)
    headers = {"content-type": "application/vnd.apache.arrow.stream", **({"accept": accept} if accept else {})}
    request = urllib.request.Request(f"{url}/predict", data=sink.getvalue(), headers=headers)
    try:
        with urllib.request.urlopen(request) as reply:
            body = reply.read()
            if accept:
                return json.loads(body)
            answers = pa.ipc.open_stream(body).read_all()
            answers.validate(full=True)
            types = {field.name: str(field.type) for field in answers.schema}
            return {"types": types, "columns": answers.to_pydict()}
    except urllib.error.HTTPError as error:
        return {"status": error.code, "problem": json.load(error)}


columns = list(zip(*sent["iris"]))
names = ["a", "b", "c", "d"]
table = pa.table({name: pa.array(column, pa.float64()) for name, column in zip(names, columns)})
churn = pa.Table.from_pylist(sent["churn"])
text = [field.name for field in churn.schema if field.type == pa.string()]


def cast(to):
    return pa.table({f.name: churn[f.name].cast(to) if f.name in text else churn[f.name] for f in churn.schema})


print(
    json.dumps(
        {
            "float64": ask(iris_url, table),
            "one row": ask(iris_url, table.slice(0, 1)),
            "float32": ask(iris_url, table.cast(pa.schema([(name, pa.float32()) for name in names]))),
            "float16": ask(iris_url, table.cast(pa.schema([(name, pa.float16()) for name in names]))),
            "batches": ask(iris_url, table, batch=2),
            "json": ask(iris_url, table, accept="application/json"),
            "no rows": ask(iris_url, table.slice(0, 0)),
            "strings": ask(churn_url, churn),
            "large": ask(churn_url, cast(pa.large_string())),
            "dictionary": ask(churn_url, pa.table({f.name: churn[f.name].dictionary_encode() if f.name in text else churn[f.name] for f in churn.schema}), batch=3),
            "extra": ask(churn_url, churn.append_column("note", pa.nulls(len(churn)))),
            "refused": ask(iris_url, table.append_column("e", table["a"])),
            "list": ask(iris_url, pa.table({name: [[1.0]] for name in names})),
            "view": ask(churn_url, cast(pa.string_view())),
        }
    )
)
