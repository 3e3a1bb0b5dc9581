.PHONY: playground demo test

playground:
	python3 -m venv .venv && .venv/bin/pip install -q -c constraints.txt -e . && .venv/bin/natobot playground

demo:
	python3 -m venv .venv && .venv/bin/pip install -q -c constraints.txt -e . && .venv/bin/natobot demo

test:
	python3 -m venv .venv && .venv/bin/pip install -q -c constraints.txt -e ".[dev]" && .venv/bin/python -m pytest
