"""Pictures that NVIDIA's converter scaled: NvBufSurfTransform of DeepStream 9.0.2 (the package
nvidia-deepstream-videodecode-cu13), on an H100 80GB HBM3 with driver 580.159.04 and CUDA 13.0.

Noise of 16x16 pixels, with NVBUFSURF_TRANSFORM_FILTER and no other flag; in NV12 of BT.601 and the
limited range. The numbers of the methods are those of NvBufSurfTransform_Inter.
"""

from __future__ import annotations

import base64
from typing import Final

import numpy as np

SIZE: Final = (16, 16)

SOURCES: Final = {
    "NV12": (
        "|KuWh^SuUxW~frZyOvS&%^2(m_N3<|(r>KNuCUtjsdCLfpfA)<NN{-GMIT>mByH|RGg0Kz$~wwHOh&<ID*Dl+0xY"
        "tOVgmCOG93;FH8PjoE<EPIq?~`&n!>}0NSR8}I!tL)3f1CssCL%LMH#stBrTpzE)3cq3~(593xXE<fsRljU9})$r"
        "D-x}RV8HSgrpTT?ERB~lJ_P<^A-~YG3FP*MVH_YP2R{ycKnQg$9Xk;O{VW1*Ow9d05!$GbSf|Q-XoM3WYvqg3ZV;"
        "2+}DkYxkt$CiC5xA8S>J(bA2Ew0#KAvDF{vYE?LfNArc*g*!=%WXkMuu?hhWEcc&d2%2haBEyWh18Uk>{C46IHqE"
        "kf%5Z$b~a^5w8O~YfSb5qPHPvB&3DrhL;cDD%L(O3IWXq(faYHo@Z(<5%rl5C_z>Dzx-Ky)wn8tE;IfQjMXJ%d0p"
        "g!2u;=^F$8tkS*{VO~Q%!10kK`w+rGOJ|}_r<J@C"
    ),
    "RGBA": (
        "|KuWh^SuUxW~frZyOvS&%^2(m_N3<|(r>KNuCUtjsdCLfpfA)<NN{-GMIT>mByH|RGg0Kz$~wwHOh&<ID*Dl+0xY"
        "tOVgmCOG93;FH8PjoE<EPIq?~`&n!>}0NSR8}I!tL)3f1CssCL%LMH#stBrTpzE)3cq3~(593xXE<fsRljU9})$r"
        "D-x}RV8HSgrpTT?ERB~lJ_P<^A-~YG3FP*MVH_YP2R{ycKnQg$9Xk;O{VW1*Ow9d05!$GbSf|Q-XoM3WYvqg3ZV;"
        "2+}DkYxkt$CiC5xA8S>J(bA2Ew0#KAvDF{vYE?LfNArc*g*!=%WXkMuuM31s;O$MExp&g=hU$oT5*3jcz%E;}Uvy"
        "9cnx&_qg$6{n{KEfgj)ot;&KA=&D<E260QVExJ19CcETO{@mAv_6nI2A6WdS@fWOeIFzDgyvFiTlczC;jiu55JW{"
        "Um-eJv3Ua5Tm|BkbW(1DKx%fZDxJxKcK9Cqa+b!x@_*Y6@;BZkJmiUsfezErvjVFT1LW(jJ~nQ`W-ouqfSHruUBe"
        "AAp5P{q*Su%VExDyz)tdS+WXQjI;Gy6YS>aJQttar>H=60HKofo3jtvXfGQ4Eqi?e@EOB2s{jwuhG0tqNaE;3;2B"
        "gN1GkYJY9@b*omTp8RzI{QnwjKjNWI^E~h9MX*cF(oNT5f@Z=t%(>n!(d9Ws5q;mo31q2(-IiY+rJn3Vj{ElRb&|"
        "Dm&=GIa1hQ4Wkqs(uyImYM;Q#|%7p{W+AKG0Iv`h*ZJX(qT%Hi*Vg*G8+Js(x{@rJ+F)jOZOJqsw;fYrBCDW?YUM"
        "b{u$#k*ehOxpD+YAk<9yX#xZG+rCUUu@Wu!p_G-6eD5;7~9&s-q>}bZySmpt^%lB1jGpM1GmYSu0c1z+3Be@g*H9"
        "C)Z3RF`@}zA!^mZqQDhVCNK~P#diC!!ghte_~N!Ld^C8EISX-R!S_#qeYkxA>nU}je%dla^#JURwg=N|?hhWEcc&"
        "d2%2haBEyWh18Uk>{C46IHqEkf%5Z$b~a^5w8O~YfSb5qPHPvB&3DrhL;cDD%L(O3IWXq(faYHo@Z(<5%rl5C_z>"
        "Dzx-Ky)wn8tE;IfQjMXJ%d0pg!2u;=^F$8tkS*{VO~Q%!10kK`w+rGOJ|}_r<J@C+V0floMQh$sDIMyIb>YJb>Jv"
        "0E+?t7NR|Y~M!N7IYVb56n<`OYw>g&)D1pIib_mvbR%kq`iNSP|vBI}>FJxsns1PQW%6@}%_mTD1uc_R!tt|Sv@9"
        "$fZvmJ3=I@B6Sycx=J@Y-aO8jm4fMxk^iDUuf)y}LaNNuvie"
    ),
}

SCALED: Final = {
    ("NV12", 0, (12, 10)): (
        "!n!ipx*TPoSh|#1vqRU|qu9l5tF5HMV~)@_ThzuspKw*FW~sa<I<a9GuwgkhQkhgnOK2a)%9eG}CxtnDjZa*vEtF"
        "_7R3~<gn>pj?l99Jkb>@<?d{0cJ)69QLI#0KLOHa5#mUqpHL%+U#eMB@=mQ5c_mpW^Yc%#WwR#!8>PeXu`RCJY9T"
        "_ji0SzuV%b+*KGl3-|>X>NZtt|)|Zq(hyhXUHF=)l{9NupMM$"
    ),
    ("NV12", 1, (12, 10)): (
        "!n-)N#T|2-W4)SkvRlG@rNni7t-77QaDc^1P|>DXn{h^tUXr|FHoAvAq-R%3Oo42NM{ql@w}*qrF->!GT5CO9Y*1"
        "$~WHD}}q9BdqlYYxOnz3Ygm^*Bd!D6agHBXL|Wnr^QlVYQxJEy3UgEl-xjZrCbmpW*DXO43>Pg*d#NI71cT6ce3W"
        "E)`3U4}}wU%YFOol$M7U2bYykZf|6uX2)>YQQ$buu*BKvP4%}"
    ),
    ("NV12", 0, (20, 26)): (
        "!os>rf7sx<Mv!G?pi#WKtdw2W!os>rf7sx<Mv!G?pi#WKtdw2Wv$I3I9N6NctXRdxZKTAlqomQ+v$I3I9N6NctXR"
        "dxZKTAlqomQ+kdTm;KANFC&Q3{5Z+E9`R61U3V`Gk_L^nWN)y~GoKgMcsTUD}WV`Gk_L^nWN)y~GoKgMcsTUD}WW"
        "@f3FohKVQv5R407}`)_Lpd)jK0eN|qZTJKv5R409N9NZK|324LP9}_);Tml*Sw>nn|{EPil)MdQc{^yutqscc4Hq"
        "O#?ok(r**)&Qc{^yutqscc4HqO#?ok(r**)&PfstnJUuKhm0dM8AImH!8E-IgCntq2&3u53U^`q~sw-HOq-Z;27#"
        "M*c!-{~2Pc>Xzv?5`ohiEuvR8%Kpy^VsKF+1bq=#qbte77$|R8%Kpy^VsKF+1bq=#qbte77$|;^H42Gg3^$GOR>I"
        "mfa^(V5rANc6Q*4aiFGmKz~e3rRh(k)|NcPc6Q*4aiFGmKz~e3rRh(k)|NcPIyz6FvwnC>O}@CeL5o3mW6g@MIyz"
        "6FvwnC>O}@CeL5o3mW6g@MJw1m#TExA(e|@5&P^-R>h*rQ>Lqor*uzh!ZNJ}&{REug&G9OyWPENF-w0d}cG&>v|Q"
        "j=0ODja9QS6619bU{czGJ?*|+}=!QXI-R5mpYs*KbC=qU{}dht6Di<G_6vXpdr*+d5waGK1G#X$W=dQGPD|!H6k@"
        "4aKtQnWn`dMp;BWlSkbGvPeV5(aKvMAYipHNo?S~mRMDWRX3mO~HGp!bW2SRbcy_pBW7K(fSzs_{I;wTHMAO7{lw"
        "iwOXPcOwTVQQyX3KD}GQP}Y#dPgzdXU79dwFVZmOQ;JZqAWxk!+(xxyXBBX>M|EnlijBY`KJTfqSGwztDJSL~~Dv"
        "N7yW~V}gK*e~H7nJcDLmXUKHlA*jMMT<D#onYyK1VO>K#X3dhwRJNKiKhCMNrplQ#VO>^Mpvj-8lPJP7wPksCS!A"
        "J4rIV~c"
    ),
    ("NV12", 1, (20, 26)): (
        "!oS5vX0_F+I%9Kqo>`u~sgGm3z`VFrWUkezNMm$=nPQ{8sgrNNwxwXIS&!7IsbYAee~`Ppr=+mYu9j5AU3|NQy=r"
        "Tba+JQVh=r-QnU{C9XK#Q>!gWnnZ+NPbOgmg`cYArfa8X=W#;ulpTb+$?P)&?>K2VU*fk8Z7%F4WqOTckePEeC-K"
        "x5F&rA{PBtfGchH^^y6Jv1&TJ5i#ox@#*%w5*P5RJ4I+USL{AK0ZK+#f3Of#lNeanuN2knykW`MN@NVtcE*Hi-22"
        "Yxwn^-oR!DAOILMkkZw6gb73(&q0fD3dU&0zO+-GOTQw*;i)T6~JG@#hHfS_tH9b~nfpAn`bx=J_Vs=nUU1Tm+AT"
        "w<-wY!9fPcBD<tvpkMk8n0pLO?!DyS9ptFe`b?*M4<|nWs5HifSlCe}8|eDNBjG(y?)9oXKlT+^ZlU86#)SEr^0*"
        "pwdq;dB?+Qsil)+SZ9WeL3?mwrqNtoqN{0@VS&n=e20&0MSFd6l*(Lex0Oe*E;M7Jrk89tI;XmoMVUfJkiUDYC^2"
        "Jmij<LWU8J{|J)D7YfS|3CKT?V~Lz2I|kA<0#Q@F#ibzs1ELtL_nkCTs!O-MyURGg1-JuY^rPGh&buzzf6H$**7f"
        "~sstFePH5R9tklj$2DbGGCj@+uwXtTUwP|mpYX|PL_0#XJB(To>w+!F|bdgo+g_`Rhes$I!JXpnp8JlF0d)8TpLt"
        "6RkS{fNnd<Yi$h30UASYtWL-jPSE*)?Q-FG9fK+8UT)}d%X3Af+IEiqsT&HS!iB7pWSj=6LV3bCpHmzs6KErE`oK"
        "vt-YO0NwTw-N;RI`7bJjHIC%wW@3ik_~Rc5`H2eml88c%*xqqg}UCw8Ei;Sa5P~Wpsdbahz?Gj(oa`qOWylLU%l#"
        "R_i;-W1d!xoubRgPKr!OZnIO$EwPeqXRTwSs+_%BUuZ^1bjo|iVuYDBY?NfXoQak@d1P-(o6Mc1jWfwSwqt)~ZDp"
        "fRo`<GG"
    ),
    ("RGBA", 0, (12, 10)): (
        "|KuWh^SuUxW~frZ%^2(m_N3<|(r>KNsdCLfpfA)<NN{-GByH|RGg0Kz$~wwHD*Dl+0xYtOVgmCOH8PjoE<EPIq?~"
        "`&NSR8}I!tL)3f1CsMH#stBrTpzE)3cq05!$GbSf|Q-XoM33ZV;2+}DkYxkt$C8S>J(bA2Ew0#KAvE?LfNArc*g*"
        "!=%WM31s;O$MExp&g=h*3jcz%E;}Uvy9cn$6{n{KEfgj)ot;&<E260QVExJ19CcE@_*Y6@;BZkJmiUsvjVFT1LW("
        "jJ~nQ`fSHruUBeAAp5P{qExDyz)tdS+WXQjIjKjNWI^E~h9MX*c5f@Z=t%(>n!(d9Wo31q2(-IiY+rJn3Rb&|Dm&"
        "=GIa1hQ4uyImYM;Q#|%7p{WIv`h*ZJX(qT%Hi*+Js(x{@rJ+F)jOZ;fYrBCDW?YUMb{uC)Z3RF`@}zA!^mZCNK~P"
        "#diC!!ghted^C8EISX-R!S_#q>nU}je%dla^#JUR?hhWEcc&d2%2haB8Uk>{C46IHqEkf%a^5w8O~YfSb5qPHDrh"
        "L;cDD%L(O3IW+V0floMQh$sDIMyb>Jv0E+?t7NR|Y~YVb56n<`OYw>g&)b_mvbR%kq`iNSP|"
    ),
    ("RGBA", 1, (12, 10)): (
        "|KuWh^}`B*bfi(q#8;ku?~Lak%XzcctC7=~p*qq`M`ClzG)AUaFjeKdv^>a1Chfkg6IH8-TNk<-Ix10jH$%m^sH="
        "&<d8vD!K4e>OD8b)$bXdf4I5U_^E-Je(15A+6WJpK4tY2_IOqfcHrn+5mzJIl}a-5-LUY{{t8(^VSJ871gP(M9>s"
        "Ltd<Id*?;L>zpWi$Q~zeT}1zv&+|xh@05Nmqm<^Y@8xYpjXqSe~neDSVfnIFN{!t+<3(o-apGNOtp%ekO{AIDZtv"
        "2K}dYUY-NSUX|o|(pv6I#eX)a-s-EUQc*VAMa?*xSbC24<ES#yxL>EDvYKl9MpLlbEhe&UvaUCF%d3RFYT561}wa"
        "aIDVk^Not9M;cWG5NNyl@+@hAvlrYK704YI`BSp-D|h>%?uTK0(odi*!%nMz@vMc{tgHL(6X;UV|HFGib7nWO-6T"
        "r*hAs&}@OPy@hsbRWOB%sMlU!jcjdLew0Ue;2GY1#w$K^n{hT)t8P+WMR-WBB8XIegL8LNO4C}Bd!9kLe1o+tR;5"
        "vdl7>O8p=R7x&f(0@sdDONmU_C>U7|#MH&uw6Oqx5aSki|nnMy=uo>8A4RZhWcYExjBinxP?"
    ),
    ("RGBA", 5, (12, 10)): (
        "|KuWhW~frZyOvS&%^2(m(r>KNuCUtjsdCLfNN{-GMIT>mByH|R$~wwHOh&<I3xXE<U9})$rD-x}RV8HS?ERB~lJ_"
        "P<^A-~YMVH_YP2R{ycKnQgO{VW1*Ow9dM31s;p&g=hU$oT5*3jczvy9cnx&_qg$6{n{)ot;&KA=&D<E26019CcET"
        "O{@mAv_6ndS@fWOeIFzDgyvFC;jiu55JW{Um-eJTm|BkbW(1DKx%fZcK9Cqa+b!xS>aJQH=60HKofo3jtvXfi?e@"
        "EOB2s{jwuhGE;3;2BgN1GkYJY9Tp8RzI{QnwjKjNW9MX*cF(oNT5f@Z=!(d9Ws5q;mo31q2+rJn3Vj{ElRb&|Da1"
        "hQ4Wkqs(hOxpD9yX#xZG+rCUUu@W-6eD5;7~9&s-q>}pt^%lB1jGpM1GmYz+3Be@g*H9?hhWE%2haBEyWh18Uk>{"
        "qEkf%5Z$b~a^5w8b5qPHPvB&3DrhL;(O3IWXq(faYHo@Zl5C_z>Dzx-Ky)wnfQjMXJ%d0pg!2u;tkS*{VO~Q%!10"
        "kKOJ|}_r<J@CFJxsn%6@}%_mTD1uc_R!@9$fZvmJ3=I@B6S@Y-aO8jm4fMxk^iy}LaNNuvie"
    ),
}
"""By format, method, and width and height."""


def bytes_of(text: str) -> np.ndarray:
    """Return a picture in GStreamer's layout without padding."""
    return np.frombuffer(base64.b85decode(text), np.uint8)
