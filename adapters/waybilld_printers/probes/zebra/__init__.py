"""The Zebra probe: questions and answers (`wire`), conclusions (`decide`), states for people (`states`)."""
