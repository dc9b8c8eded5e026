"""Conditions and budgets that are waited for."""

import asyncio

from liqtui.feeds.waiting import News, until_free
from tests.conditions import LIMIT, becomes


async def test_a_condition_is_looked_at_when_there_is_news() -> None:
    news, seen = News(), list[int]()
    waiting = asyncio.create_task(news.until(lambda: len(seen) > 1))
    for number in range(2):
        assert not waiting.done()
        seen.append(number)
        news.tell()
    await becomes(waiting.done)


async def test_two_may_wait_for_different_things() -> None:
    news, seen = News(), set[str]()
    waits = [
        asyncio.create_task(news.until(lambda: "a" in seen)),
        asyncio.create_task(news.until(lambda: "b" in seen)),
    ]
    seen.add("b")
    news.tell()
    await becomes(waits[1].done)
    assert not waits[0].done()
    seen.add("a")
    news.tell()
    await becomes(waits[0].done)


async def test_waiting_ends_with_the_time_given() -> None:
    async with asyncio.timeout(LIMIT):
        await News().until(lambda: False, 0.001)


async def test_a_budget_is_asked_until_it_allows() -> None:
    answers = [0.001, 0.001, 0.0]
    await until_free(lambda: answers.pop(0))
    assert answers == []
