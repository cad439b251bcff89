"""Chat templates: ours and transformers' write the same text, for every template that TRL ships."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
import trl
from transformers.utils.chat_template_utils import _normalize_chat_messages, render_jinja_template

GRADUS = os.environ.get("GRADUS") or shutil.which("gradus")
pytestmark = pytest.mark.skipif(GRADUS is None, reason="GRADUS does not name the built program")

TEMPLATES = sorted((Path(trl.__file__).parent / "chat_templates").glob("*.jinja"))
SPECIAL = {
    "bos_token": "<s>",
    "eos_token": "</s>",
    "pad_token": "<pad>",
    "unk_token": "<unk>",
    "image_token": "<image>",
    "video_token": "<video>",
    "audio_token": "<audio>",
}

TOOL = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": 'The weather of a "place" <b>&</b> its \'time\'.',
        "parameters": {
            "type": "object",
            "properties": {
                "place": {"type": "string", "description": "Where: é, 日本"},
                "days": {"type": "integer", "minimum": 1, "maximum": 10, "default": 3},
                "factor": {"type": "number", "default": 1.0, "enum": [0.5, 1.0, 1e-7]},
                "units": {"type": ["string", "null"], "enum": ["C", "F", None]},
                "exact": {"type": "boolean", "default": False},
            },
            "required": ["place"],
        },
        "return": {"type": "string", "description": "a report"},
    },
}


def call(arguments, id="call12345"):
    return {"type": "function", "id": id, "function": {"name": "weather", "arguments": arguments}}


USER = {"role": "user", "content": "What is 2 + 2?"}
ANSWER = {"role": "assistant", "content": "4"}
CONVERSATIONS = {
    "one turn": {"messages": [USER]},
    "answered": {"messages": [USER, ANSWER]},
    "system": {"messages": [{"role": "system", "content": "Be short."}, USER, ANSWER]},
    "several turns": {"messages": [USER, ANSWER, {"role": "user", "content": "And 3?"}, {"role": "assistant", "content": "5"}]},
    "system, several turns": {
        "messages": [
            {"role": "system", "content": "  Be short.\n"},
            {"role": "user", "content": "  spaces  \n"},
            {"role": "assistant", "content": "\n\n trimmed? \t\n"},
            {"role": "user", "content": "\tAgain\u00a0"},
        ]
    },
    "odd characters": {
        "messages": [
            {"role": "user", "content": "<|im_end|> {{ x }} {% if %} 'quote' \"double\" \\ back\r\nline é e\u0301 日本 👩‍👩‍👧 \u2028 end"},
            {"role": "assistant", "content": "</s> <eos>\u200b\x00\x7f"},
        ]
    },
    "empty": {"messages": [{"role": "user", "content": ""}, {"role": "assistant", "content": ""}]},
    "reasoning": {
        "messages": [
            USER,
            {"role": "assistant", "reasoning_content": "Two and two.", "content": "4"},
            {"role": "user", "content": "Why?"},
            {"role": "assistant", "content": "<think>\nbecause\n</think>\n\nSo."},
        ]
    },
    "thinking": {"messages": [USER, {"role": "assistant", "thinking": "Hm.", "content": "4"}]},
    "tools": {"messages": [{"role": "system", "content": "Help."}, USER], "tools": [TOOL]},
    "tools, no system": {"messages": [USER], "tools": [TOOL, TOOL]},
    "a call": {
        "messages": [
            USER,
            {"role": "assistant", "tool_calls": [call({"place": "Rome", "days": 2, "factor": 1.5, "exact": True})]},
            {"role": "tool", "name": "weather", "tool_call_id": "call12345", "content": "sunny"},
            {"role": "assistant", "content": "Sunny."},
        ],
        "tools": [TOOL],
    },
    "two calls": {
        "messages": [
            USER,
            {
                "role": "assistant",
                "content": "Let me see.",
                "tool_calls": [call({"place": "Rome"}, "a12345678"), call({"place": "Île", "list": [1, 2.0, None, "x"], "deep": {"b": 1, "a": []}}, "b12345678")],
            },
            {"role": "tool", "name": "weather", "tool_call_id": "a12345678", "content": '{"t": 20}'},
            {"role": "tool", "name": "weather", "tool_call_id": "b12345678", "content": "cold"},
            {"role": "assistant", "content": "Warm and cold."},
            {"role": "user", "content": "Thanks"},
        ],
        "tools": [TOOL],
    },
    "a call, arguments as text": {
        "messages": [
            USER,
            {"role": "assistant", "content": None, "tool_calls": [call('{"place": "Rome"}')]},
            {"role": "tool", "tool_call_id": "call12345", "content": {"t": 20.0, "ok": True}},
        ],
        "tools": [TOOL],
    },
    "parts": {
        "messages": [
            {"role": "user", "content": [{"type": "text", "text": "What"}, {"type": "text", "text": " is it? "}]},
            {"role": "assistant", "content": [{"type": "text", "text": "It."}]},
        ]
    },
    "parts with a picture": {
        "messages": [
            {"role": "user", "content": [{"type": "image"}, {"type": "text", "text": "What is it?"}, {"type": "video"}]},
            {"role": "assistant", "content": [{"type": "text", "text": "A cat."}]},
        ]
    },
    "system alone": {"messages": [{"role": "system", "content": "Only me."}]},
    "assistant first": {"messages": [ANSWER, USER]},
    "user twice": {"messages": [USER, USER, ANSWER]},
    "developer": {"messages": [{"role": "developer", "content": "Dev."}, USER]},
    "unknown role": {"messages": [{"role": "narrator", "content": "Once."}, USER]},
    "without thinking": {"messages": [USER], "enable_thinking": False},
    "with thinking": {"messages": [USER, ANSWER, USER], "enable_thinking": True},
    "documents": {"messages": [USER], "documents": [{"title": "A", "text": "one"}, {"title": "B", "text": "two"}]},
    "date": {"messages": [USER], "date_string": "1 Jan 2026", "reasoning_effort": "high", "model_identity": "You are x."},
}


def theirs(template, conversation, generation_prompt):
    """What transformers writes, and the characters that the assistant wrote; None where it refuses."""
    conversation = dict(conversation)
    messages = _normalize_chat_messages(conversation.pop("messages"))
    try:
        texts, marks = render_jinja_template(
            conversations=[messages],
            tools=conversation.pop("tools", None),
            documents=conversation.pop("documents", None),
            chat_template=template,
            return_assistant_tokens_mask=True,
            add_generation_prompt=generation_prompt,
            **SPECIAL,
            **conversation,
        )
    except Exception:
        return None
    return texts[0], marks[0]


def ours(template, conversation, generation_prompt, folder):
    path = folder / "messages.json"
    path.write_text(json.dumps(conversation))
    command = [GRADUS, "chat", "--template", template, "--messages", path, "--special", json.dumps(SPECIAL), "--json"]
    result = subprocess.run(command + ["--generation-prompt"] * generation_prompt, capture_output=True, text=True)
    if result.returncode:
        assert str(template) in result.stderr, result.stderr
        return None
    answer = json.loads(result.stdout)
    text = answer["text"].encode()
    return answer["text"], [tuple(len(text[:i].decode()) for i in mark) for mark in answer["generations"]]


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.stem)
def test_the_text_is_that_of_transformers(template, tmp_path):
    source = template.read_text()
    different = []
    for name, conversation in CONVERSATIONS.items():
        for prompted in (False, True):
            if ours(template, conversation, prompted, tmp_path) != theirs(source, conversation, prompted):
                different.append((name, prompted))
    assert not different


def test_enough_templates_were_compared():
    assert len(TEMPLATES) >= 60
