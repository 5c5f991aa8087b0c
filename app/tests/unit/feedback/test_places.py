from __future__ import annotations

import pytest

from mailroom.feedback.places import Place, Places
from support.sns import CERTIFICATE_URL, HOST, SUBSCRIBE_URL, TOPIC

CHINA = "arn:aws-cn:sns:cn-north-1:123456789012:mailroom"
TRICKS = [
    "http://sns.eu-west-1.amazonaws.com/x.pem",
    "ftp://sns.eu-west-1.amazonaws.com/x.pem",
    "//sns.eu-west-1.amazonaws.com/x.pem",
    "https://sns.eu-west-1.amazonaws.com.evil.example/x.pem",
    "https://evil.example/sns.eu-west-1.amazonaws.com/x.pem",
    "https://evil.example/x.pem",
    "https://xsns.eu-west-1.amazonaws.com/x.pem",
    "https://evil.sns.eu-west-1.amazonaws.com/x.pem",
    "https://sns.eu-west-1.amazonaws.com@evil.example/x.pem",
    "https://user:word@sns.eu-west-1.amazonaws.com/x.pem",
    "https://sns.eu-west-1.amazonaws.com:8443/x.pem",
    "https://sns.eu-west-1.amazonaws.com:443@evil.example/x.pem",
    "https://sns.eu-west-1.amazonaws.com:/x.pem",
    "https://sns.eu-west-1.amazonaws.com:0443/x.pem",
    "https://sns.eu-west-1.amazonaws.com\\@evil.example/x.pem",
    "https://sns.eu-west-1.amazonaws.com#@evil.example/x.pem",
    "https://sns.eu-west-1.amazonaws.com.cn.evil.example/x.pem",
    "https://sns.eu-west-1.amazonaws.com./x.pem",
    "https://sns.eu-west-1.amazonaws.org/x.pem",
    "https://SNS.eu-west-1.amazonaws.com/x.pem",
    "https://sns.eu.west.amazonaws.com/x.pem",
    "https://sns.amazonaws.com/x.pem",
    "https://s3.eu-west-1.amazonaws.com/x.pem",
    "https://sns.us-east-1.amazonaws.com/x.pem",
    "https://sns.eu-west-1.amazonaws.com/x.pem\n",
    "https://sns.eu-west-1.amazonaws.com/x.pem\r\nHost: evil.example",
    " https://sns.eu-west-1.amazonaws.com/x.pem",
    "https://[::1]/x.pem",
    "https://127.0.0.1/x.pem",
    "",
]


def test_a_certificate_lies_with_sns_in_the_region_of_the_topic() -> None:
    assert Places().of_certificate(CERTIFICATE_URL, TOPIC) == Place(
        HOST, 443, "/SimpleNotificationService-0123456789abcdef.pem"
    )


def test_the_port_of_https_may_be_named() -> None:
    assert Places().of_certificate(f"https://{HOST}:443/x.pem", TOPIC) == Place(HOST, 443, "/x.pem")


def test_china_has_a_domain_of_its_own() -> None:
    url = "https://sns.cn-north-1.amazonaws.com.cn/x.pem"

    assert Places().of_certificate(url, CHINA) == Place("sns.cn-north-1.amazonaws.com.cn", 443, "/x.pem")


@pytest.mark.parametrize("url", TRICKS)
def test_any_other_place_is_none_of_sns(url: str) -> None:
    assert Places().of_certificate(url, TOPIC) is None
    assert Places().of_sns(url, TOPIC) is None


@pytest.mark.parametrize("path", ["/", "/x.crt", "/x.pem?y=1", "/?x=.pem", "/x.pem#y", "/x pem.pem", "/%2e.pem/x"])
def test_what_does_not_end_like_a_certificate_is_none(path: str) -> None:
    assert Places().of_certificate(f"https://{HOST}{path}", TOPIC) is None


def test_a_subscription_is_confirmed_with_a_query() -> None:
    place = Places().of_sns(SUBSCRIBE_URL, TOPIC)

    assert place == Place(HOST, 443, f"/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token=abc")


@pytest.mark.parametrize(("simulated", "port"), [("sns.lab.test", 443), ("sns.lab.test:8443", 8443)])
def test_a_simulated_sns_may_be_anywhere_by_https(simulated: str, port: int) -> None:
    places = Places(simulated)

    assert places.of_certificate(f"https://{simulated}/x.pem", TOPIC) == Place("sns.lab.test", port, "/x.pem")
    assert places.of_certificate(f"http://{simulated}/x.pem", TOPIC) is None
    assert places.of_certificate("https://sns.lab.test:9/x.pem", TOPIC) is None


@pytest.mark.parametrize("url", TRICKS)
def test_a_simulated_sns_opens_no_other_place(url: str) -> None:
    assert Places("sns.lab.test").of_certificate(url, TOPIC) is None
